import type { IncomingHttpHeaders } from 'node:http';

/** The usage of one of Vercel's rate limits, from one answer (contract §5). */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Epoch milliseconds: when the full limit is available again. */
  readonly resetAt: number;
}

/** Returns null when the headers are missing or invalid. */
export function rateLimitOf(headers: IncomingHttpHeaders): RateLimit | null {
  const limit = whole(headers['x-ratelimit-limit']);
  const remaining = whole(headers['x-ratelimit-remaining']);
  const reset = whole(headers['x-ratelimit-reset']);
  if (limit === null || remaining === null || reset === null || limit === 0 || reset < 1e9) return null;
  // Documented as seconds. A number of this size can only be milliseconds.
  const resetAt = reset < 1e11 ? reset * 1000 : reset;
  return { limit, remaining: Math.min(remaining, limit), resetAt };
}

const whole = (value: string | string[] | undefined): number | null =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null;
