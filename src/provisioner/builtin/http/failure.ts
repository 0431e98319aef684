import type { HttpAnswer } from './exchange.js';
import { MAX_RETRY_MS } from '../../limits.js';
import { errorCodeOrName } from '../../../errors/error-code.js';
import { shown } from './text.js';
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
const LONGEST_TEXT = 300;

/** Who was asked for what, and what must not be repeated of the answer. */
export interface HttpQuestion {
  readonly host: string;
  readonly verb: RemoteVerb;
  readonly secrets: readonly string[];
}

export const say = ({ host }: HttpQuestion, words: string, cause?: unknown): Error =>
  new Error(`http: the provisioner at ${host} ${words}`, cause === undefined ? {} : { cause });

/** No answer came. */
export function unanswered(asked: HttpQuestion, error: unknown): Error {
  const code = errorCodeOrName(error);
  if (UNREACHABLE.includes(code)) return say(asked, `cannot be reached (${code})`, error);
  return say(asked, `gave no answer to ${asked.verb}: the connection broke (${code})`, error);
}

/** An answer came with another status than 200. */
export function refused(asked: HttpQuestion, { status, body }: HttpAnswer): Error {
  const words = `answered ${asked.verb} with ${status}`;
  if (status >= 300 && status < 400)
    return say(asked, `${words}, a redirect, which is not followed; put the address it leads to in url`);
  const text = messageOf(body);
  return say(asked, text === null ? words : `${words}: ${shown(text, { most: LONGEST_TEXT, ...asked })}`);
}

/** `message` of a JSON object and nothing else: a page or a stack trace may repeat what the request carried. */
function messageOf(body: Buffer | null): string | null {
  if (body === null) return null;
  try {
    const { message } = JSON.parse(body.toString('utf8')) as { message?: unknown };
    return typeof message === 'string' && /\S/.test(message) ? message : null;
  } catch {
    return null; // not JSON, or null: there is nothing to quote
  }
}

const LEAST_WAIT_MS = 1_000;

/** Milliseconds to wait when the server asks for that, else null. */
export function slowDownMs({ status, retryAfter }: HttpAnswer, now = Date.now()): number | null {
  if ((status !== 429 && status !== 503) || retryAfter === null) return null;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isNaN(ms) ? null : Math.min(MAX_RETRY_MS, Math.max(LEAST_WAIT_MS, ms));
}
