import { effect, signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'drawbridge.theme';
const DARK = matchMedia('(prefers-color-scheme: dark)');

export const theme = signal<Theme>(kept());
/** Grows whenever colours change, so that canvases are painted again. */
export const painted = signal(0);

function kept(): Theme {
  const value = localStorage.getItem(KEY);
  return THEMES.find((known) => known === value) ?? 'system';
}

export function applyTheme(): void {
  effect(() => {
    const { value } = theme;
    document.documentElement.dataset['theme'] = value;
    if (value === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, value);
    painted.value = painted.peek() + 1;
  });
  DARK.addEventListener('change', () => (painted.value = painted.peek() + 1));
}
