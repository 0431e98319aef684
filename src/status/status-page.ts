import type { Event } from '../state-machine/action-state.js';
import { html, type Html } from '../http/html.js';
import type { StatusRecord } from './status-record.js';
import type { Story } from './status-story.js';

/** Seconds between two looks of a browser that runs no scripts. */
const REFRESH_SECONDS = 3;

/** The whole page as HTML. It needs no script; with one it follows what happens. */
export function statusPage(record: StatusRecord, story: Story): string {
  const { headline, text, advice, mood, settled } = story;
  const { steps, project, gitRef, deploymentId, id } = record;
  return page(
    headline,
    settled ? null : REFRESH,
    html`<main class="${mood}" data-settled="${String(settled)}">
      <h1 aria-live="polite">${headline}</h1>
      ${text === null ? null : html`<p class="text">${text}</p>`}
      ${advice === null ? null : html`<p class="advice">${advice}</p>`} ${timeLeft(record, story)}
      <ol>
        ${steps.map(({ event, at }) => html`<li>${time(at)} ${WORDS[event]}</li>`)}
      </ol>
      <dl>
        ${fact('Project', project)} ${fact('Branch', gitRef)} ${fact('Deployment', deploymentId)}
        ${fact('Reference', id)}
      </dl>
    </main>`,
  );
}

/** For a link that leads nowhere: mistyped, of an action that was cleared away, or made with a key that is no longer used. */
export function unknownPage(): string {
  return page(
    'Nothing here',
    null,
    html`<main class="over">
      <h1>Nothing here</h1>
      <p>This link is not known, or no longer: what it was about may have been cleared away.</p>
    </main>`,
  );
}

/** While we cannot tell, for instance because the database is away. */
export function unavailablePage(): string {
  return page(
    'One moment',
    REFRESH,
    html`<main class="working" data-settled="false">
      <h1 aria-live="polite">One moment</h1>
      <p>What is happening cannot be shown right now. This page looks again by itself.</p>
    </main>`,
  );
}

const REFRESH = html`<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS}" /></noscript>`;

function page(title: string, refresh: Html | null, main: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="assets/status.css" />
        <script src="assets/status.js" type="module"></script>
        ${refresh}
      </head>
      <body>
        ${main}
      </body>
    </html> `.toString();
}

function timeLeft({ deadlineAt }: StatusRecord, { mood }: Story): Html | null {
  if (mood !== 'working' || deadlineAt === null) return null;
  return html`<p class="left">Vercel waits until ${time(deadlineAt)}.</p>`;
}

const WORDS: Record<Event, string> = {
  start: 'Vercel asked for it',
  begin: 'begun',
  skip: 'nothing to do for this environment; telling Vercel',
  ready: 'made; telling Vercel',
  accepted: 'Vercel goes on with the deployment',
  refused: 'Vercel did not take the result',
  fail: 'failed',
  retry: 'the provider tries again',
  cancel: 'canceled',
  abort: 'canceled by the provider',
  cleanup: 'Vercel no longer needs it',
  release: 'the provider takes it back',
  gone: 'taken away',
};

/** In UTC here; the script shows the reader's own time. */
function time(at: Date): Html {
  const iso = at.toISOString();
  return html`<time datetime="${iso}">${iso.slice(11, 19)} UTC</time>`;
}

const fact = (name: string, value: string | null): Html | null =>
  value === null
    ? null
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;
