/** Sends one HTTP request and returns the raw answer. */
import { type Dispatcher, request } from 'undici';
import { errorCodeOrName } from '../../../errors/error-code.js';

export interface HttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Null for a request without a body. */
  readonly body: string | null;
  /** The maximum of bytes to read of the answer. */
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** The raw `Retry-After` header; null when there is none. */
  readonly retryAfter: string | null;
  /** Null when the body has more than `maxBytes`. */
  readonly body: Buffer | null;
}

/** Codes of a closed connection: a server may close an idle connection just when it is used again. */
const CLOSED = ['UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'ECONNRESET', 'EPIPE'];

/**
 * Sends a request, and repeats it once when the server closed the connection before the end of an answer:
 * verbs are idempotent. Follows no redirect. Rejects at once when `signal` aborts, also before there is a
 * connection. Rejects with undici's error when no complete answer came.
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
    if (bytes > maxBytes) return null; // This destroys the rest of the body.
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
