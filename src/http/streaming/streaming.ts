import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** What an answer that has to end gets to end by itself. */
const GRACE_MS = 1_000;

/**
 * Answers with `chunks` as they come, for as long as somebody is there: nothing more is read for a client that went away, or that asked for
 * the head alone.
 *
 * @param end the answer has to end. A client that takes nothing keeps `chunks` from coming to their end: its connection is cut.
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
