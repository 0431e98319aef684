import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { TransitionAnswer } from '../../api/actions/action-answer.js';
import { answerOf, queryOf, send } from '../api/ask.js';
import type { ApiServer } from '../api/server.js';
import { EXIT } from '../exit.js';
import { Refusal } from '../refusal.js';

export interface FollowOptions {
  /** The id of the last transition that is known already; null begins now. */
  readonly after: string | null;
  /** Of this action alone. */
  readonly action?: string | undefined;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Told when the connection is lost and when it is back. */
  readonly say: (text: string) => void;
}

/** The server says something every 10 s. */
const SILENCE_MS = 35_000;
const LONGEST_WAIT_MS = 10_000;

/**
 * Every transition from now on. A connection that is lost is made again where it was lost, so that nothing is missed or repeated.
 *
 * @throws Refusal when the first connection fails, or the server says no
 */
export async function* streamTransitions(
  server: ApiServer,
  options: FollowOptions,
): AsyncGenerator<TransitionAnswer> {
  const { signal, say } = options;
  const position = { after: options.after, retryMs: 1_000 };
  // Who knows where it begins has just been answered.
  let [connected, waitMs] = [options.after !== null, 0];
  while (!signal.aborted) {
    try {
      const connection = await connect(server, options, position.after);
      if (waitMs > 0) say('transitions: connected again');
      [connected, waitMs] = [true, 0];
      yield* eventsOf(connection, position);
    } catch (error) {
      if (signal.aborted) return;
      const final = error instanceof Refusal && error.exit !== EXIT.unreachable;
      if (!connected || final) throw error;
    }
    if (signal.aborted) return;
    if (waitMs === 0) say('transitions: the connection is lost; trying again until it is back');
    waitMs = Math.min(Math.max(waitMs * 2, position.retryMs), LONGEST_WAIT_MS);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined); // it ends with the signal
  }
}

interface Connection {
  readonly body: ReadableStream<Uint8Array>;
  /** Told of every sign of life. */
  readonly alive: () => void;
  readonly stop: () => void;
}

/** A connection that says nothing for too long is given up: a half-open one would stay silent for ever. */
async function connect(server: ApiServer, options: FollowOptions, after: string | null): Promise<Connection> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), SILENCE_MS);
  const query = { action: options.action, cursor: after ?? undefined };
  try {
    const response = await send(server.url, `/api/v1/events${queryOf(query)}`, {
      headers: {
        authorization: `Bearer ${server.token}`,
        accept: 'text/event-stream',
        ...(after === null ? {} : { 'last-event-id': after }),
      },
      signal: AbortSignal.any([options.signal, silent.signal]),
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (!response.ok || !isStream || response.body === null) {
      await answerOf(server.url, response);
      throw new Refusal(`drawbridge: ${server.url} answers no stream of events`, EXIT.unreachable);
    }
    return { body: response.body, alive: () => timer.refresh(), stop: () => clearTimeout(timer) };
  } catch (error) {
    clearTimeout(timer);
    throw error;
  }
}

async function* eventsOf(
  { body, alive, stop }: Connection,
  position: { after: string | null; retryMs: number },
): AsyncGenerator<TransitionAnswer> {
  const parser = new EventSourceParserStream({
    onRetry: (ms) => (position.retryMs = Math.max(ms, 100)),
    onComment: alive,
    onId: (id) => (position.after = id),
  });
  try {
    for await (const { event, data } of body.pipeThrough(new TextDecoderStream()).pipeThrough(parser)) {
      alive();
      if (event === 'transition') yield JSON.parse(data) as TransitionAnswer;
    }
  } finally {
    stop();
  }
}
