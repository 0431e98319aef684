import { BUILTIN_CALL_MS } from '../../limits.js';
import type { DeprovisionRequest } from '../../provisioner.js';

/** One call of a verb and its time limit. */
export interface BranchCall {
  /** Aborts with the request's signal, or when the call's own time is over. */
  readonly signal: AbortSignal;
  /**
   * Returns the whole milliseconds left. Throws when the time is over, also after the process was paused.
   */
  remaining(): number;
  log: DeprovisionRequest['log'];
}

export interface BranchCallOptions {
  readonly limitMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

export function startCall(
  request: { readonly signal: AbortSignal; readonly log: DeprovisionRequest['log'] },
  { limitMs = BUILTIN_CALL_MS, now = () => performance.now() }: BranchCallOptions = {},
): BranchCall {
  const startedAt = now();
  return {
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(limitMs)]),
    log: (message, fields) => request.log(message, fields),
    remaining() {
      const left = Math.floor(limitMs - (now() - startedAt));
      if (left < 1)
        throw new Error(
          `postgres-branch: the time limit of this call (${limitMs} ms) is over; the next call continues`,
        );
      return left;
    },
  };
}
