import type { ActionView } from '../../action/claims/action-view.js';
import { MAX_RETRY_MS } from '../../provisioner/limits.js';
import { isAbandoned, REPORT_FAILED_FOR_MS, type RunMemory } from '../values/run-memory.js';
import type { Signals } from '../values/signals.js';

/** A wait up to this long stays in the process. A longer one becomes a deferred job and frees its place. */
export const WAIT_HERE_MS = 5_000;

/**
 * Milliseconds until the next try: the requested time, at least the back-off, at most the time in which a try
 * is useful.
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

/** Whether the loop has to continue now. */
export const isWaitOver = (view: ActionView, memory: RunMemory, signals: Signals): boolean =>
  signals.interruption !== null || signals.draining || isAbandoned(view, memory);
