import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { liveState } from '../live/live.js';
import { endSession, me } from '../session/session.js';
import { place } from '../ui/place.js';
import { SearchBox } from './search-box.js';
import { theme, THEMES, type Theme } from './theme.js';

const PAGES = [
  ['Overview', place.overview],
  ['Actions', place.actions],
  ['Allocations', place.allocations],
  ['Installations', place.installations],
  ['Deliveries', place.deliveries],
] as const;

/** The frame of every page: navigation, search, session. */
export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="head">
        <a class="brand" href={place.overview}>
          Drawbridge
        </a>
        <Navigation />
        <SearchBox />
        <div class="session">
          <LiveMark />
          <ThemeSwitch />
          <WhoIsIn />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

/** Keeps the address: the router would treat a fragment as a new page. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Navigation() {
  const { path } = useLocation();
  return (
    <nav aria-label="Pages">
      {PAGES.map(([name, to]) => (
        <a key={to} href={to} aria-current={isIn(path, to) ? 'page' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}

function isIn(path: string, to: string): boolean {
  if (to === place.overview) return path === to || `${path}/` === to;
  return path === to || path.startsWith(`${to}/`);
}

const LIVE = {
  off: ['quiet', 'Not live'],
  connecting: ['busy', 'Connecting'],
  on: ['good', 'Live'],
  lost: ['bad', 'Not live: reconnecting'],
} as const;

function LiveMark() {
  const [tone, text] = LIVE[liveState.value];
  return (
    <span class={`mark live ${tone}`} role="status">
      {text}
    </span>
  );
}

function ThemeSwitch() {
  return (
    <select
      class="theme"
      aria-label="Colours"
      value={theme.value}
      onChange={({ currentTarget }) => (theme.value = currentTarget.value as Theme)}
    >
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function WhoIsIn() {
  const who = me.value;
  if (who === null) return null;
  return (
    <>
      <span class="who" title={limitOf(who.installations)}>
        {who.name} <span class="role">{who.role}</span>
      </span>
      <button type="button" class="quiet" onClick={() => endSession(null)}>
        Sign out
      </button>
    </>
  );
}

function limitOf(installations: readonly string[] | null): string {
  return installations === null ? 'sees all installations' : `sees only ${installations.join(', ')}`;
}
