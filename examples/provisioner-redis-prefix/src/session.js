import { createClient } from '@redis/client';

/**
 * @typedef {(...words: string[]) => Promise<unknown>} Command sends one command and gives its answer, as
 * RESP2 has it
 */

const CONNECT_MS = 5_000;

/**
 * One connection for one call of a verb. Once the signal is aborted nothing more is sent, and the call ends.
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
  // Whatever breaks the connection also rejects the command that waits for it, which tells the caller.
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

/** Words that are the same each time; those of the server name commands and users, never a password.
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
