import { type Gone, type Pending, PermanentError, type Ready } from '../../provisioner.js';
import type { Failed } from './answer.js';
import type { RemoteAnswer } from './remote.js';
import { safeText } from './safe-text.js';

const LONGEST_MESSAGE = 500;

/**
 * Converts an answer to the contract's result. Throws PermanentError for `failed`, and an Error when the
 * handle contains one of `secrets`: Drawbridge stores handles. Replaces secrets in messages.
 */
export function toResult<Answer extends Ready | Pending | Gone>(
  received: RemoteAnswer<Answer | Failed>,
  secrets: readonly string[],
): Answer | Pending {
  if (received.kind === 'slow-down')
    return { status: 'pending', message: received.message, retryAfterMs: received.retryAfterMs };
  const answer = unlessFailed(received.answer, secrets);
  const handle = 'handle' in answer ? JSON.stringify(answer.handle) : '';
  if (secrets.some((secret) => handle.includes(secret)))
    throw new Error(
      'http: the handle in an answer contains a secret; Drawbridge stores handles, so leave secrets out',
    );
  if (!('message' in answer) || answer.message === undefined) return answer;
  return { ...answer, message: safeText(answer.message, { most: LONGEST_MESSAGE, secrets }) };
}

/** Returns the answer, or throws a PermanentError for `failed`. */
export function unlessFailed<Answer extends { readonly status: string }>(
  answer: Answer | Failed,
  secrets: readonly string[],
): Answer {
  if (!isFailed(answer)) return answer;
  throw new PermanentError(safeText(answer.message, { most: LONGEST_MESSAGE, secrets }));
}

function isFailed(answer: { readonly status: string }): answer is Failed {
  return answer.status === 'failed';
}
