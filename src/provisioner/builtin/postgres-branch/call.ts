import { CALL_LIMIT_MS } from '../../limits.js';
import type { DeprovisionRequest } from '../../provisioner.js';

/** One call of a verb and the time it has: 2 s less than the core's limit, so that nothing of it lands after that limit. */
export interface BranchCall {
  /** The core's signal, or the end of the call's own time. */
  readonly signal: AbortSignal;
  /** Whole milliseconds that are left. Throws when the time is over, also in a process that was paused meanwhile. */
  remaining(): number;
  log: DeprovisionRequest['log'];
}

export const CALL_MS = CALL_LIMIT_MS - 2_000;

export interface BranchCallOptions {
  readonly limitMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

export function startCall(
  request: { readonly signal: AbortSignal; readonly log: DeprovisionRequest['log'] },
  { limitMs = CALL_MS, now = () => performance.now() }: BranchCallOptions = {},
): BranchCall {
  const startedAt = now();
  return {
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(limitMs)]),
    log: (message, fields) => request.log(message, fields),
    remaining() {
      const left = Math.floor(limitMs - (now() - startedAt));
      if (left < 1)
        throw new Error(`postgres-branch: this call's ${limitMs} ms are over; nothing more is done in it`);
      return left;
    },
  };
}
