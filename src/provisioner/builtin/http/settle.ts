import { type Gone, type Pending, PermanentError, type Ready } from '../../provisioner.js';
import type { Failed } from './answer.js';
import type { Told } from './remote.js';
import { shown } from './text.js';

const LONGEST_MESSAGE = 500;

/**
 * The contract's result of what was told. Throws PermanentError for `failed`, and an Error when the handle holds one of `secrets`:
 * handles are stored. In messages secrets are replaced.
 */
export function settle<Answer extends Ready | Pending | Gone>(
  told: Told<Answer | Failed>,
  secrets: readonly string[],
): Answer | Pending {
  if (told.kind === 'slow-down')
    return { status: 'pending', message: told.message, retryAfterMs: told.retryAfterMs };
  const answer = orThrow(told.answer, secrets);
  const handle = 'handle' in answer ? JSON.stringify(answer.handle) : '';
  if (secrets.some((secret) => handle.includes(secret)))
    throw new Error('http: the handle in an answer holds a secret; handles are stored: leave secrets out');
  if (!('message' in answer) || answer.message === undefined) return answer;
  return { ...answer, message: shown(answer.message, { most: LONGEST_MESSAGE, secrets }) };
}

/** What is no failure. */
export function orThrow<Answer extends { readonly status: string }>(
  answer: Answer | Failed,
  secrets: readonly string[],
): Answer {
  if (!isFailed(answer)) return answer;
  throw new PermanentError(shown(answer.message, { most: LONGEST_MESSAGE, secrets }));
}

function isFailed(answer: { readonly status: string }): answer is Failed {
  return answer.status === 'failed';
}
