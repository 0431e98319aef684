import { logEvent } from '../../log/log.js';
import { databaseRefusals } from '../../metrics/definitions/database.js';
import { sanitize } from '../../errors/error-text.js';
import { outageOf, type Outage } from '../../errors/database-error.js';

/** Milliseconds between two log lines of one outage. */
const EVERY_MS = 10_000;

let count = 0;
let quietUntil = 0;
/** Errors that have been counted. One error may reach several callers. */
const seen = new WeakSet<object>();

/**
 * Counts an outage and logs it: the first error at once, then one line every ten seconds with the number of
 * errors since the last line.
 *
 * @returns null when `error` is not an outage; then the caller has to report it
 */
export function reportOutage(error: unknown, now = performance.now()): Outage | null {
  const outage = outageOf(error);
  if (outage === null || seen.has(outage.origin)) return outage;
  seen.add(outage.origin);
  databaseRefusals.inc({ cause: outage.cause });
  count++;
  if (now >= quietUntil) logOutage(outage, now);
  return outage;
}

/** Logs the end of an outage. The next outage is logged at once. */
export function reportService(seconds: number): void {
  logEvent('database-serves', { seconds, count });
  [count, quietUntil] = [0, 0];
}

function logOutage({ cause, code, text }: Outage, now: number): void {
  logEvent('database-refuses', {
    reason: cause,
    error: sanitize(text === code ? code : `${code}: ${text}`),
    count,
  });
  [count, quietUntil] = [0, now + EVERY_MS];
}
