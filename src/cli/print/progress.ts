/**
 * Shows the current step in one line of the terminal. Each call replaces the line; null removes it. Does
 * nothing without a terminal.
 */
export function progress(text: string | null): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\x1b[K${text ?? ''}`);
}
