import { signal } from '@preact/signals';

/** Milliseconds since 1970, updated every second while the page is visible. */
export const now = signal(Date.now());

setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now();
}, 1000);
