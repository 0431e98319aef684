/**
 * When to try something outside again. Only arithmetic: the loop belongs to the worker, because every retry
 * has to check its fencing token first, and neither the gateway nor the SDK can. So nothing in `vercel/` ever
 * repeats a call.
 */
const BASE_MS = 250;
const CAP_MS = 300_000;

/**
 * Milliseconds before the next try after `attempt` failed ones (1 and up): doubles from 250 ms up to 5
 * minutes, the upper half of it by chance, so that many actions which failed together do not come back
 * together. `random` gives [0, 1).
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(Math.max(0, attempt - 1), 32));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
