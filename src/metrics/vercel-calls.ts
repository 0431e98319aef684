import { unset } from './registry.js';
import {
  circuitOpen,
  rateLimitLimit,
  rateLimitRemaining,
  vercelCalls,
  vercelDuration,
  type VercelOperation,
} from './definitions/vercel.js';

/** What is counted of a call to Vercel. */
export interface CountedCall {
  readonly operation: 'updateAction' | 'getDeployment' | 'getAccount';
  readonly status: number | null;
  readonly code: string | null;
  readonly durationMs: number;
  readonly rateLimit: Window | null;
}

/** A rate limit as an answer told it. */
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

/** Of each operation the tightest window that goes on: Vercel limits each endpoint by itself, and each token. */
const windows = new Map<VercelOperation, Window>();

/** Counts a call that is over. */
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

/** Answers may overtake each other: within one window the lowest is the latest. Another token's window hides none that goes on. */
function tighter(known: Window | undefined, told: Window, now: number): Window {
  if (known === undefined || known.remaining >= told.remaining) return told;
  return known.resetAt === told.resetAt || known.resetAt > now ? known : told;
}

/** Brings the gauges of Vercel's side up to date. */
export function readVercel(circuit: keyof typeof CIRCUIT, now = Date.now()): void {
  circuitOpen.set(CIRCUIT[circuit]);
  const [tightest] = [...windows.values()]
    .map(({ limit, remaining, resetAt }) => ({ limit, remaining: resetAt > now ? remaining : limit }))
    .toSorted((a, b) => a.remaining - b.remaining);
  if (tightest === undefined) return [rateLimitRemaining, rateLimitLimit].forEach(unset);
  rateLimitRemaining.set(tightest.remaining);
  rateLimitLimit.set(tightest.limit);
}
