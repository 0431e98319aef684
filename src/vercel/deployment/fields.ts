/** JSON from Vercel. A value of a wrong type counts as missing. */
export type JsonObject = Readonly<Record<string, unknown>>;
const NOTHING: JsonObject = {};

export function isFields(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const fields = (value: unknown): JsonObject => (isFields(value) ? value : NOTHING);

/** Longest text in characters. Longer texts, and texts that PostgreSQL refuses, count as missing. */
const LONGEST = 1_000;
export const text = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST && isPlain(value)
    ? value
    : null;
const isPlain = (value: string): boolean => value.isWellFormed() && !value.includes('\0');

export const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
