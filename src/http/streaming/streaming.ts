import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Time in ms that a response gets to end by itself after `end` aborts. */
const GRACE_MS = 1_000;

/**
 * Sends `chunks` as they arrive. Stops reading `chunks` when the client disconnects or sent a HEAD request.
 *
 * @param end aborts when the response has to end. A client that reads nothing blocks `chunks`, so its
 * connection is destroyed after {@link GRACE_MS}.
 */
export function sendStream(
  reply: FastifyReply,
  chunks: AsyncIterable<string>,
  end: AbortSignal,
): FastifyReply {
  const { raw } = reply;
  const stream = Readable.from(chunks, { objectMode: false });
  let timer: NodeJS.Timeout | undefined;
  const cut = (): void => {
    timer = setTimeout(() => raw.destroy(), GRACE_MS);
  };
  end.addEventListener('abort', cut, { once: true });
  raw.once('close', () => {
    end.removeEventListener('abort', cut);
    clearTimeout(timer);
    stream.destroy();
  });
  return reply.send(stream);
}
