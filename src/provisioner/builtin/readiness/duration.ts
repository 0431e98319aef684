import { z } from 'zod';

// src/config/env/duration.ts has the same units: provisioner/ shares no code with config/.
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

interface Bounds {
  readonly least: string;
  readonly most: string;
}

/** A schema that converts durations of actions.yaml (`500ms`, `2s`, `3m`) to milliseconds. */
export function duration({ least, most }: Bounds) {
  const error = `must be a whole number with a unit (ms, s, m, h or d), such as 2s, from ${least} to ${most}`;
  return z.string({ error }).transform((text, context) => {
    const ms = parse(text);
    if (ms !== null && ms >= Number(parse(least)) && ms <= Number(parse(most))) return ms;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
}

function parse(text: string): number | null {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text.trim());
  return match === null ? null : Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}
