import { DURATION_FORM, parseDuration } from './duration.js';
import type { EnvironmentVariables } from './env.js';
import type { Problems } from '../problems.js';

/** Retention periods in milliseconds. Null: for ever. */
export interface RetentionConfig {
  readonly deliveriesMs: number | null;
  /** Counted from the time an action finished. */
  readonly actionsMs: number | null;
}

const DAY_MS = 86_400_000;
/** Vercel repeats a webhook for a day. The stored delivery keeps a repetition from being processed twice. */
const LEAST_MS = 2 * DAY_MS;
const MOST_MS = 36_500 * DAY_MS;

export function retentionOf(variables: EnvironmentVariables, problems: Problems): RetentionConfig {
  const keep = (name: 'RETENTION_DELIVERIES' | 'RETENTION_ACTIONS'): number | null => {
    const text = variables[name];
    if (text === undefined) return null;
    const ms = parseDuration(text);
    const problem = problemOf(ms);
    if (problem !== null) problems.add('environment', name, `${JSON.stringify(text)} ${problem}`);
    return ms;
  };
  return { deliveriesMs: keep('RETENTION_DELIVERIES'), actionsMs: keep('RETENTION_ACTIONS') };
}

function problemOf(ms: number | null): string | null {
  if (ms === null) return `is not ${DURATION_FORM.replace('170s', '90d')}`;
  if (ms < LEAST_MS) return 'is less than 2d: Vercel may repeat an event within that time';
  return ms > MOST_MS ? 'is more than 36500d: leave it unset to keep everything' : null;
}
