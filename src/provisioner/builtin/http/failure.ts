import type { HttpAnswer } from './exchange.js';
import { MAX_RETRY_MS } from '../../limits.js';
import { errorCodeOrName } from '../../../errors/error-code.js';
import { safeText } from './safe-text.js';
import type { RemoteVerb } from './signature.js';

const UNREACHABLE = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
];
const MAX_TEXT_LENGTH = 300;

/** The host and verb of a call, and the secrets that no message may repeat. */
export interface RemoteCallInfo {
  readonly host: string;
  readonly verb: RemoteVerb;
  readonly secrets: readonly string[];
}

export const remoteError = ({ host }: RemoteCallInfo, summary: string, cause?: unknown): Error =>
  new Error(`http: the provisioner at ${host} ${summary}`, cause === undefined ? {} : { cause });

/** The error of a call without an answer. */
export function noAnswerError(asked: RemoteCallInfo, error: unknown): Error {
  const code = errorCodeOrName(error);
  if (UNREACHABLE.includes(code)) return remoteError(asked, `cannot be reached (${code})`, error);
  return remoteError(asked, `did not answer ${asked.verb}: the connection broke (${code})`, error);
}

/** The error of an answer with a status other than 200. */
export function statusError(asked: RemoteCallInfo, { status, body }: HttpAnswer): Error {
  const summary = `answered ${asked.verb} with ${status}`;
  if (status >= 300 && status < 400)
    return remoteError(
      asked,
      `${summary}, a redirect, which Drawbridge does not follow; set url to its target`,
    );
  const text = messageOf(body);
  return remoteError(
    asked,
    text === null ? summary : `${summary}: ${safeText(text, { most: MAX_TEXT_LENGTH, ...asked })}`,
  );
}

/**
 * Returns `message` of a JSON object. Ignores any other body: a page or a stack trace may repeat the
 * request.
 */
function messageOf(body: Buffer | null): string | null {
  if (body === null) return null;
  try {
    const { message } = JSON.parse(body.toString('utf8')) as { message?: unknown };
    return typeof message === 'string' && /\S/.test(message) ? message : null;
  } catch {
    return null; // Not a JSON object.
  }
}

const LEAST_WAIT_MS = 1_000;

/** Returns the milliseconds of `Retry-After` in a 429 or 503 answer; null for any other answer. */
export function slowDownMs({ status, retryAfter }: HttpAnswer, now = Date.now()): number | null {
  if ((status !== 429 && status !== 503) || retryAfter === null) return null;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isNaN(ms) ? null : Math.min(MAX_RETRY_MS, Math.max(LEAST_WAIT_MS, ms));
}
