/**
 * Computes the wait before a retry. The worker retries, because it has to check its claim token first.
 * Nothing in `vercel/` repeats a call.
 */
const BASE_MS = 250;
const CAP_MS = 300_000;

/**
 * Milliseconds before the next try after `attempt` failed tries (1 and up). Doubles from 250 ms up to 5
 * minutes. The upper half is random, so that actions which failed together are not retried together. `random`
 * returns [0, 1).
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(Math.max(0, attempt - 1), 32));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
