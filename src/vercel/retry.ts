/**
 * When to call Vercel again. Only arithmetic: the loop belongs to the worker, because every retry has to check its
 * fencing token first, and neither the gateway nor the SDK can. So nothing in `vercel/` ever repeats a call.
 */
const BASE_MS = 250;
const CAP_MS = 30_000;

/**
 * Milliseconds before the next try after `attempt` failed ones (1 and up): doubles from 250 ms up to 30 s, the upper half of it
 * by chance, so that many actions which failed together do not come back together. `random` gives [0, 1).
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(Math.max(0, attempt - 1), 32));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}

/**
 * As `backoff`, but never sooner than Vercel asked (`retryAfterMs` of a `later` answer), and null when that moment lies beyond
 * the `leftMs` until the action's deadline: then trying again is no use. `Infinity` means there is no deadline.
 */
export function retryDelay(
  retry: { attempt: number; retryAfterMs: number | null; leftMs: number },
  random: () => number = Math.random,
): number | null {
  const own = backoff(retry.attempt, random);
  const asked = retry.retryAfterMs === null ? 0 : retry.retryAfterMs + Math.round(random() * BASE_MS);
  const delay = Math.max(own, asked);
  return delay < retry.leftMs ? delay : null;
}
