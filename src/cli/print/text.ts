import { styleText } from 'node:util';

/** Removes control characters and line breaks: texts from a server must not control the terminal. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

/** Formats the time since `time`: `5s`, `3m`, `2h`, `4d`. Returns `in 3m` for the future, `-` for null. */
export function age(time: string | null, now: number = Date.now()): string {
  if (time === null) return '-';
  const seconds = Math.round((now - Date.parse(time)) / 1_000);
  const span = spanOf(Math.abs(seconds));
  return seconds < 0 ? `in ${span}` : span;
}

function spanOf(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ['s', 1];
  return `${Math.floor(seconds / size)}${unit}`;
}

const TONES = { good: 'green', bad: 'red', warn: 'yellow', busy: 'cyan', quiet: 'dim' } as const;
export type TextTone = keyof typeof TONES;

/** Colors the text on a terminal, unless NO_COLOR is set. */
export function tint(
  tone: TextTone | null,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return tone === null ? text : styleText(TONES[tone], text, { stream });
}

/** Returns the tone of a state of an action, of an allocation, or of a result. */
export function toneOf(word: string): TextTone | null {
  if (['succeeded', 'ok', 'open', 'moved', 'installed'].includes(word)) return 'good';
  if (['failed', 'failing'].includes(word)) return 'bad';
  if (['canceling', 'releasing', 'closing', 'warning'].includes(word)) return 'warn';
  if (['queued', 'provisioning', 'reporting'].includes(word)) return 'busy';
  return ['canceled', 'released', 'closed', 'ignored', 'removed', 'skipped'].includes(word) ? 'quiet' : null;
}
