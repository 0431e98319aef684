/**
 * The parts of an answer that say how long to wait.
 *
 * Vercel uses five forms (contract §5); the most precise one counts. Two of them describe the rate limit
 * (`X-RateLimit-Reset`, the body) and are part of every answer, so they count for 429 only.
 */
export interface RetryHints {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed body of the answer; may be any value. */
  readonly body: unknown;
}

/**
 * Milliseconds to wait, 0 or more; null when the answer has no usable value. `now` is in epoch milliseconds.
 */
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
  // Date.parse accepts "-5" and "1.5.2" as dates. An HTTP date always begins with the name of a day.
  if (typeof value !== 'string' || !/^[A-Z][a-z]{2,8},? /.test(value)) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** Reads epoch seconds. A number that can only be epoch milliseconds is read as such. */
function fromEpoch(value: unknown, now: number): number | null {
  const epoch = amount(value);
  if (epoch === null || epoch < 1e9) return null;
  return Math.max(0, Math.ceil((epoch < 1e11 ? epoch * 1000 : epoch) - now));
}

/**
 * Reads the old form `{error:{limit:{reset}}}` and the flat new form `{retryAfter:{value},limit:{reset}}`.
 */
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
