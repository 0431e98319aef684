// src/provisioner/builtin/readiness/duration.ts has the same units: provisioner/ shares no code with config/.
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const DURATION_FORM = 'a whole number with a unit (ms, s, m, h or d), such as 170s';

/** Returns the milliseconds of `170s`, `500ms`, `3m`, `2h` or `14d`; null for anything else. */
export function parseDuration(text: unknown): number | null {
  const match = typeof text === 'string' ? /^(\d{1,12})(ms|s|m|h|d)$/.exec(text.trim()) : null;
  if (match === null) return null;
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}
