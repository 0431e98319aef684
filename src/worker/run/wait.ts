import type { ActionView } from '../../action/claims/action-view.js';
import { MAX_RETRY_MS } from '../../provisioner/limits.js';
import { isAbandoned, type RunMemory } from './run-memory.js';
import type { Signals } from './signals.js';

/**
 * Waits up to this long stay in the process; a longer one becomes a job for later, so that it occupies no
 * place.
 */
export const WAIT_HERE_MS = 5_000;
/** How long after the deadline `failed` is still offered to a Vercel that does not answer. */
export const REPORT_FAILED_FOR_MS = 60_000;

/**
 * Milliseconds until the next try: as long as was asked for and not shorter than the back-off of the failed
 * tries, but not beyond the time at which the wait is of no use.
 */
export function waitLength(
  view: ActionView,
  { tries, deadlineAt }: RunMemory,
  wait: { ms: number; now: number; backoff(tries: number): number },
): number {
  const wanted = tries === 0 ? wait.ms : Math.max(wait.ms, wait.backoff(tries));
  const bounded = Math.min(wanted, MAX_RETRY_MS);
  const deadlineMs = deadlineAt - wait.now;
  if (view.state === 'provisioning' || view.state === 'queued')
    return Math.max(0, Math.min(bounded, deadlineMs));
  if (view.state === 'failing' && view.failureReport === null)
    return Math.max(0, Math.min(bounded, deadlineMs + REPORT_FAILED_FOR_MS));
  return bounded;
}

/** Whether the next step is another one now, and must not wait. */
export const isWaitOver = (view: ActionView, memory: RunMemory, signals: Signals): boolean =>
  signals.interruption !== null || signals.draining || isAbandoned(view, memory);
