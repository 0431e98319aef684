import { errorText } from '../../errors/error-text.js';
import { ABORT_GRACE_MS, CALL_LIMIT_MS } from '../../provisioner/limits.js';
import { isPermanent } from '../../provisioner/plugin-error.js';

/**
 * How a call of a plugin ended. `threw` may be tried again; `broke` means that the plugin breaks its
 * contract. `aborted`: `heeded` is false when the plugin ignored its signal and the call was abandoned.
 */
export type CallResult<Answer> =
  | { kind: 'answered'; answer: Answer }
  | { kind: 'permanent'; message: string }
  | { kind: 'broke'; message: string }
  | { kind: 'threw'; message: string; timedOut?: true }
  | { kind: 'aborted'; heeded: boolean };

/**
 * Calls a plugin within `limitMs`: the call limit less the time since the call was recorded. After an abort
 * the plugin has ABORT_GRACE_MS to throw. Then its promise is abandoned, and its effects count as those of a
 * stray call.
 */
export async function callPlugin<Answer>(
  call: (signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
  check: (answer: unknown) => Answer | string,
  limitMs = CALL_LIMIT_MS,
  timeout: (ms: number) => AbortSignal = AbortSignal.timeout,
): Promise<CallResult<Answer>> {
  const limit = timeout(Math.max(1, Math.floor(limitMs)));
  const either = AbortSignal.any([signal, limit]);
  if (either.aborted) return { kind: 'aborted', heeded: true };
  const abandoned = abandonment(either);
  try {
    const answer = await Promise.race([Promise.resolve().then(() => call(either)), abandoned.promise]);
    const checked = check(answer);
    return typeof checked === 'string'
      ? { kind: 'broke', message: checked }
      : { kind: 'answered', answer: checked };
  } catch (error) {
    return failure(error, signal.aborted || (either.aborted && !limit.aborted), limit.aborted);
  } finally {
    abandoned.cancel();
  }
}

const ABANDONED = new Error('the call was abandoned');

/**
 * @param aborted whether the caller's signal fired. That signal itself may not know: Node's composite signal
 *   without listeners forgets an abort when its source was collected meanwhile (nodejs/node#65995). The
 *   composite with a listener remembers.
 */
function failure(error: unknown, aborted: boolean, limited: boolean): CallResult<never> {
  const heeded = error !== ABANDONED;
  if (aborted) return { kind: 'aborted', heeded };
  if (isPermanent(error)) return { kind: 'permanent', message: errorText(error) };
  if (!limited) return { kind: 'threw', message: errorText(error) };
  const unheeded = heeded ? '' : ', and its signal was ignored';
  return { kind: 'threw', message: `no answer within ${CALL_LIMIT_MS / 1000} s${unheeded}`, timedOut: true };
}

/** Rejects ABORT_GRACE_MS after the signal fires. */
function abandonment(signal: AbortSignal): { promise: Promise<never>; cancel(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const fire = (): void => void (timer = setTimeout(() => reject(ABANDONED), ABORT_GRACE_MS));
  signal.addEventListener('abort', fire, { once: true });
  return {
    promise,
    cancel() {
      signal.removeEventListener('abort', fire);
      clearTimeout(timer);
    },
  };
}
