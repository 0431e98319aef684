/**
 * Separates the two parts of the text of an action in `failing`: why it failed, which Vercel receives with every report and people read
 * ever after; and behind it what blocks the removal of what was made.
 */
const MEANWHILE = '; meanwhile: ';

/** The text as a verdict: without the separator that `withTrouble` adds. */
export const asVerdict = (text: string): string => text.replaceAll(MEANWHILE, '; ');

export function withProgress(text: string | null, trouble: string): string {
  return `${verdictOf(text)}${MEANWHILE}${trouble}`;
}

export function verdictOf(text: string | null): string {
  return text === null ? 'failed' : (text.split(MEANWHILE, 1)[0] as string);
}
