/** One HTTP request and what came back, raw: it knows nothing of the protocol. */
import { type Dispatcher, request } from 'undici';
import { errorCodeOrName } from '../../../errors/error-code.js';

export interface HttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Null for none. */
  readonly body: string | null;
  /** A longer answer is not read to its end. */
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** The header as it came. */
  readonly retryAfter: string | null;
  /** Null when it is longer than `maxBytes`. */
  readonly body: Buffer | null;
}

/** A server may close an idle connection at the very moment at which it is used again. */
const CLOSED = ['UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'ECONNRESET', 'EPIPE'];

/**
 * Sends `sendable`, a second time when the connection was closed before the end of an answer: verbs can be repeated. Follows no
 * redirect. Rejects at once when `signal` is aborted, also while there is no connection yet, and with undici's error when there is no
 * whole answer.
 */
export async function exchange(
  dispatcher: Dispatcher,
  sendable: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([sendTwice(dispatcher, sendable, signal), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function sendTwice(
  dispatcher: Dispatcher,
  sendable: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return send(dispatcher, sendable, signal).catch((error: unknown) => {
    if (signal.aborted || !CLOSED.includes(errorCodeOrName(error))) throw error;
    return send(dispatcher, sendable, signal);
  });
}

async function send(dispatcher: Dispatcher, sendable: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { method } = sendable;
  const { statusCode, headers, body } = await request(sendable.url, {
    dispatcher,
    signal,
    method,
    headers: sendable.headers,
    body: sendable.body,
  });
  const retryAfter = headers['retry-after'];
  return {
    status: statusCode,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
    body: await read(body, sendable.maxBytes),
  };
}

async function read(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) return null; // which destroys the rest of the body
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
