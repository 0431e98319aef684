import { createClient } from '@redis/client';

/** @typedef {(...words: string[]) => Promise<unknown>} Command sends one command, returns its RESP2 answer */

const CONNECT_MS = 5_000;

/**
 * Opens one connection for one call of a verb. An aborted signal ends the call; no further command is sent.
 *
 * @template T
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {(command: Command) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withRedis(url, signal, work) {
  signal.throwIfAborted();
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
  });
  // A broken connection also rejects the waiting command, so the caller gets the error.
  client.on('error', () => undefined);
  const ending = new AbortController();
  const aborted = new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(/** @type {Error} */ (signal.reason)), {
      signal: ending.signal,
    });
  });
  try {
    const connected = client.connect().then(() => work((...words) => client.sendCommand(words)));
    return /** @type {T} */ (await Promise.race([connected, aborted]));
  } catch (error) {
    signal.throwIfAborted();
    throw inWords(error);
  } finally {
    ending.abort();
    if (client.isOpen) client.destroy();
  }
}

/** A text that is the same each time; the server's texts name commands and users, never a password.
 * @param {any} error */
function inWords(error) {
  if (error.name === 'PermanentError') return error;
  const code = error.code ?? error.cause?.code;
  const text = String(error.message);
  if (code) return new Error(`redis-prefix: the server cannot be reached (${code})`, { cause: error });
  if (/^(WRONGPASS|NOAUTH)/.test(text))
    return new Error('redis-prefix: the server refuses the user or password of config.url', { cause: error });
  return new Error(`redis-prefix: ${text}`, { cause: error });
}
