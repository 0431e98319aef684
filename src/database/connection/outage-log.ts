import { logEvent } from '../../log/log.js';
import { databaseRefusals } from '../../metrics/definitions/database.js';
import { sanitize } from '../../errors/error-text.js';
import { outageOf, type Outage } from '../../errors/database-error.js';

/** An outage that lasts has so many milliseconds between two lines. */
const EVERY_MS = 10_000;

let count = 0;
let quietUntil = 0;
/** Each error counts once, however many callers it reaches. */
const seen = new WeakSet<object>();

/**
 * Counts an outage and logs it: one line at once, then one every ten seconds with the number of errors since
 * the last one.
 *
 * @returns null when `error` is no outage, and the caller has to report it
 */
export function reportOutage(error: unknown, now = performance.now()): Outage | null {
  const outage = outageOf(error);
  if (outage === null || seen.has(outage.origin)) return outage;
  seen.add(outage.origin);
  databaseRefusals.inc({ cause: outage.cause });
  count++;
  if (now >= quietUntil) say(outage, now);
  return outage;
}

/** The database does its work again: the next outage is logged at once. */
export function reportService(seconds: number): void {
  logEvent('database-serves', { seconds, count });
  [count, quietUntil] = [0, 0];
}

function say({ cause, code, text }: Outage, now: number): void {
  logEvent('database-refuses', {
    reason: cause,
    error: sanitize(text === code ? code : `${code}: ${text}`),
    count,
  });
  [count, quietUntil] = [0, now + EVERY_MS];
}
