import { CALL_LIMIT_SECONDS } from '../action/action.record.js';
import { PermanentError, type Gone, type Pending, type Ready } from '../provisioner/provisioner.js';

/** How long a plugin may take to heed an abort before its call is given up. */
const HEED_MS = 500;
const LEAST_RETRY_MS = 100;
const MOST_RETRY_MS = 600_000;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What came of a call of a plugin; `threw` may be tried again, `broke` means that the plugin breaks its contract. */
export type CallResult<Answer> =
  | { kind: 'answered'; answer: Answer }
  | { kind: 'permanent'; message: string }
  | { kind: 'broke'; message: string }
  | { kind: 'threw'; message: string }
  | { kind: 'aborted' };

/**
 * Calls a plugin within `limitMs`: the time limit of every plugin call, less what has passed since it was written down. On abort it is left half a second to throw; then its promise is
 * abandoned, and whatever it still does counts as a stray call.
 */
export async function callPlugin<Answer>(
  call: (signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
  check: (answer: unknown) => Answer | string,
  limitMs = CALL_LIMIT_SECONDS * 1000,
): Promise<CallResult<Answer>> {
  const limit = AbortSignal.timeout(Math.max(1, Math.floor(limitMs)));
  const either = AbortSignal.any([signal, limit]);
  if (either.aborted) return { kind: 'aborted' };
  const abandoned = abandonment(either);
  try {
    const answer = await Promise.race([Promise.resolve().then(() => call(either)), abandoned.promise]);
    const checked = check(answer);
    return typeof checked === 'string'
      ? { kind: 'broke', message: checked }
      : { kind: 'answered', answer: checked };
  } catch (error) {
    return failure(error, signal, limit);
  } finally {
    abandoned.cancel();
  }
}

function failure(error: unknown, signal: AbortSignal, limit: AbortSignal): CallResult<never> {
  if (signal.aborted) return { kind: 'aborted' };
  if (PermanentError.is(error)) return { kind: 'permanent', message: plain(error.message) };
  if (limit.aborted) return { kind: 'threw', message: `no answer within ${CALL_LIMIT_SECONDS} s` };
  return { kind: 'threw', message: plain(error instanceof Error ? error.message : String(error)) };
}

const LONGEST_TEXT = 2_000;

/** Text that Postgres takes and people can read; a plugin may pass on whatever its backend said. */
function plain(text: string): string {
  return text.slice(0, LONGEST_TEXT).replaceAll('\0', '\uFFFD').toWellFormed();
}

/** Rejects a while after the signal fires. */
function abandonment(signal: AbortSignal): { promise: Promise<never>; cancel(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const fire = (): void =>
    void (timer = setTimeout(() => reject(new Error('the call was abandoned')), HEED_MS));
  signal.addEventListener('abort', fire, { once: true });
  return {
    promise,
    cancel() {
      signal.removeEventListener('abort', fire);
      clearTimeout(timer);
    },
  };
}

/** The answer of `provision` if it keeps the contract, else what is wrong with it. */
export function checkProvisioned(answer: unknown): Ready | Pending | string {
  const { status } = (answer ?? {}) as { status?: unknown };
  if (status === 'ready') return checkReady(answer as Ready);
  if (status === 'pending') return checkPending(answer as Pending);
  return `provision answered status ${JSON.stringify(status)}, not "ready" or "pending"`;
}

/** The answer of `deprovision` if it keeps the contract, else what is wrong with it. */
export function checkDeprovisioned(answer: unknown): Gone | Pending | string {
  const { status } = (answer ?? {}) as { status?: unknown };
  if (status === 'gone') return answer as Gone;
  if (status === 'pending') return checkPending(answer as Pending);
  return `deprovision answered status ${JSON.stringify(status)}, not "gone" or "pending"`;
}

function checkReady(ready: Ready): Ready | string {
  if (!isJson(ready.handle)) return 'provision answered ready with a handle that is not JSON';
  for (const [name, value] of Object.entries(ready.secrets ?? {})) {
    if (!ENV_NAME.test(name))
      return `provision answered a secret named ${JSON.stringify(name)}, which no environment takes`;
    if (typeof value !== 'string' || value === '') return `provision answered an empty secret ${name}`;
  }
  const { message } = ready;
  if (message === undefined) return ready;
  if (typeof message !== 'string') return 'provision answered ready with a message that is no text';
  return { ...ready, message: plain(message) };
}

function checkPending(pending: Pending): Pending | string {
  if (typeof pending.message !== 'string') return 'answered pending without a message';
  if (!Number.isFinite(pending.retryAfterMs)) return 'answered pending without retryAfterMs';
  if (pending.handle !== undefined && !isJson(pending.handle))
    return 'answered pending with a handle that is not JSON';
  return {
    ...pending,
    message: plain(pending.message),
    retryAfterMs: Math.min(MOST_RETRY_MS, Math.max(LEAST_RETRY_MS, pending.retryAfterMs)),
  };
}

/** NUL and halves of surrogate pairs, as JSON writes them: Postgres' jsonb refuses both. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

function isJson(value: unknown): boolean {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text !== undefined && !UNSTORABLE.test(text);
  } catch {
    return false; // circular, or a BigInt: exactly what is asked here
  }
}
