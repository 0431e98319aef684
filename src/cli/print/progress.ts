/** Shows on a terminal what is going on, in one line that the next call replaces; null: nothing more. Elsewhere it says nothing. */
export function progress(text: string | null): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\x1b[K${text ?? ''}`);
}
