/**
 * The text of an action in `failing`: why it failed, which is what Vercel is told, people read for ever after and a repeated
 * report says again; and behind it, until that is done, what keeps the thing from being taken away.
 */
const MEANWHILE = '; meanwhile: ';

/** A text as a verdict: nothing in it can be taken for what `withTrouble` adds. */
export const asVerdict = (text: string): string => text.replaceAll(MEANWHILE, '; ');

export function withTrouble(text: string | null, trouble: string): string {
  return `${verdictOf(text)}${MEANWHILE}${trouble}`;
}

export function verdictOf(text: string | null): string {
  return text === null ? 'failed' : (text.split(MEANWHILE, 1)[0] as string);
}
