import { unset } from './registry.js';
import {
  circuitOpen,
  rateLimitLimit,
  rateLimitRemaining,
  vercelCalls,
  vercelDuration,
  type VercelOperation,
} from './definitions/vercel.js';

/** The data counted for a call to Vercel. */
export interface CountedCall {
  readonly operation: 'updateAction' | 'getDeployment' | 'getAccount';
  readonly status: number | null;
  readonly code: string | null;
  readonly durationMs: number;
  readonly rateLimit: Window | null;
}

/** A rate limit reported by a response. */
interface Window {
  readonly limit: number;
  readonly remaining: number;
  /** Epoch milliseconds. */
  readonly resetAt: number;
}

const OPERATION: Record<CountedCall['operation'], VercelOperation> = {
  updateAction: 'update-action',
  getDeployment: 'get-deployment',
  getAccount: 'get-account',
};
const NOT_SENT = ['circuit-open', 'overloaded'];
const RESETS = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];
const TIMEOUTS = ['timeout', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'];
const CIRCUIT = { open: 1, 'half-open': 0.5, closed: 0 } as const;

/** The tightest current window of each operation. Vercel limits each endpoint and each token separately. */
const windows = new Map<VercelOperation, Window>();

/** Counts a completed call. */
export function countCall(
  { operation: name, status, code, durationMs, rateLimit }: CountedCall,
  now = Date.now(),
): void {
  const operation = OPERATION[name];
  vercelCalls.inc({ operation, status: status === null ? withoutStatus(code) : status });
  if (!NOT_SENT.includes(code ?? '')) vercelDuration.observe({ operation }, durationMs / 1000);
  if (rateLimit !== null) windows.set(operation, tighter(windows.get(operation), rateLimit, now));
}

function withoutStatus(code: string | null): string {
  if (code === null) return 'error';
  if (NOT_SENT.includes(code) || code === 'aborted') return code;
  if (TIMEOUTS.includes(code)) return 'timeout';
  return RESETS.includes(code) ? 'reset' : 'error';
}

/**
 * Selects the tighter window. Within a window, the lowest value is the latest because responses may arrive
 * out of order.
 */
function tighter(known: Window | undefined, reported: Window, now: number): Window {
  if (known === undefined || known.remaining >= reported.remaining) return reported;
  return known.resetAt === reported.resetAt || known.resetAt > now ? known : reported;
}

/** Updates the gauges of Vercel's API. */
export function readVercel(circuit: keyof typeof CIRCUIT, now = Date.now()): void {
  circuitOpen.set(CIRCUIT[circuit]);
  const [tightest] = [...windows.values()]
    .map(({ limit, remaining, resetAt }) => ({ limit, remaining: resetAt > now ? remaining : limit }))
    .toSorted((a, b) => a.remaining - b.remaining);
  if (tightest === undefined) return [rateLimitRemaining, rateLimitLimit].forEach(unset);
  rateLimitRemaining.set(tightest.remaining);
  rateLimitLimit.set(tightest.limit);
}
