/**
 * How long Vercel asks us to wait. Pure: the time is a parameter.
 *
 * Vercel says it in five ways (contract §5); the most precise wins. The two that describe the rate limit as
 * such (`X-RateLimit-Reset`, the body) stand on every answer, so they count on 429 only.
 */
export interface RetryHints {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed body of the answer; anything. */
  readonly body: unknown;
}

/** Milliseconds to wait, 0 or more; null where nothing usable was said. `now` is in epoch milliseconds. */
export function retryAfterMs(hints: RetryHints, now: number): number | null {
  const asked =
    fromMillis(hints.headers['retry-after-ms']) ?? fromSecondsOrDate(hints.headers['retry-after'], now);
  if (asked !== null || hints.status !== 429) return asked;
  return fromEpoch(hints.headers['x-ratelimit-reset'], now) ?? fromBody(hints.body, now);
}

function fromMillis(value: unknown): number | null {
  const millis = amount(value);
  return millis === null ? null : Math.ceil(millis);
}

function fromSecondsOrDate(value: unknown, now: number): number | null {
  const seconds = amount(value);
  if (seconds !== null) return Math.ceil(seconds * 1000);
  // Date.parse takes "-5" and "1.5.2" for dates; an HTTP date always begins with the name of a day.
  if (typeof value !== 'string' || !/^[A-Z][a-z]{2,8},? /.test(value)) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** Epoch seconds; a number that can only be epoch milliseconds is taken as such. */
function fromEpoch(value: unknown, now: number): number | null {
  const epoch = amount(value);
  if (epoch === null || epoch < 1e9) return null;
  return Math.max(0, Math.ceil((epoch < 1e11 ? epoch * 1000 : epoch) - now));
}

/** The old form `{error:{limit:{reset}}}` and the flat new one `{retryAfter:{value},limit:{reset}}`. */
function fromBody(body: unknown, now: number): number | null {
  const flat = field(body, 'retryAfter', 'value');
  return (
    fromEpoch(flat, now) ??
    fromSecondsOrDate(flat, now) ??
    fromEpoch(field(body, 'error', 'limit', 'reset'), now) ??
    fromEpoch(field(body, 'err', 'limit', 'reset'), now) ??
    fromEpoch(field(body, 'limit', 'reset'), now)
  );
}

function amount(value: unknown): number | null {
  if (typeof value === 'string' && !/^\s*\d+(\.\d+)?\s*$/.test(value)) return null;
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : null;
}

function field(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    value,
  );
}
