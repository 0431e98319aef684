import type { IncomingHttpHeaders } from 'node:http';

/** How far a limit of Vercel's is used, as one answer tells it (contract §5). */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Epoch milliseconds; when all of it may be used again. */
  readonly resetAt: number;
}

/** Null where the headers are missing or make no sense. */
export function rateLimitOf(headers: IncomingHttpHeaders): RateLimit | null {
  const limit = whole(headers['x-ratelimit-limit']);
  const remaining = whole(headers['x-ratelimit-remaining']);
  const reset = whole(headers['x-ratelimit-reset']);
  if (limit === null || remaining === null || reset === null || limit === 0 || reset < 1e9) return null;
  const resetAt = reset < 1e11 ? reset * 1000 : reset; // documented as seconds; a number that large can only be milliseconds
  return { limit, remaining: Math.min(remaining, limit), resetAt };
}

const whole = (value: string | string[] | undefined): number | null =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null;
