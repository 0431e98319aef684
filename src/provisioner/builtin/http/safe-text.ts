/**
 * Makes a server's text safe to show: one line of at most `most` characters, without control characters and
 * secrets.
 */
export function safeText(
  text: string,
  { most, secrets }: { most: number; secrets: readonly string[] },
): string {
  const hidden = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  const line = hidden
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '\uFFFD')
    .trim()
    .toWellFormed();
  return line.length > most ? `${line.slice(0, most - 1).toWellFormed()}…` : line;
}
