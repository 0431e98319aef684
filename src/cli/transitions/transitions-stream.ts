import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { TransitionAnswer } from '../../api/actions/action-answer.js';
import { answerOf, queryOf, send } from '../api/request.js';
import type { ApiServer } from '../api/server.js';
import { EXIT } from '../exit.js';
import { CommandError } from '../command-error.js';

export interface FollowOptions {
  /** The id of the last known transition; null starts with the next one. */
  readonly after: string | null;
  /** Limits the stream to this action. */
  readonly action?: string | undefined;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Receives messages when the connection is lost and restored. */
  readonly notify: (text: string) => void;
}

/** The server sends a comment every 10 s. */
const SILENCE_MS = 35_000;
const LONGEST_WAIT_MS = 10_000;

/**
 * Yields every new transition. Reconnects after the last transition, so that none is missed or repeated.
 *
 * @throws CommandError if the first connection fails, or the server rejects the request
 */
export async function* streamTransitions(
  server: ApiServer,
  options: FollowOptions,
): AsyncGenerator<TransitionAnswer> {
  const { signal, notify } = options;
  const position = { after: options.after, retryMs: 1_000 };
  // With `after`, the server has just answered, so a failure is temporary.
  let [connected, waitMs] = [options.after !== null, 0];
  while (!signal.aborted) {
    try {
      const connection = await connect(server, options, position.after);
      if (waitMs > 0) notify('transitions: reconnected');
      [connected, waitMs] = [true, 0];
      yield* eventsOf(connection, position);
    } catch (error) {
      if (signal.aborted) return;
      const final = error instanceof CommandError && error.exit !== EXIT.unreachable;
      if (!connected || final) throw error;
    }
    if (signal.aborted) return;
    if (waitMs === 0) notify('transitions: connection lost, reconnecting');
    waitMs = Math.min(Math.max(waitMs * 2, position.retryMs), LONGEST_WAIT_MS);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined); // the signal ends the loop
  }
}

interface Connection {
  readonly body: ReadableStream<Uint8Array>;
  /** Called for every event and comment. */
  readonly alive: () => void;
  readonly stop: () => void;
}

/** Connects. Aborts a silent connection, because a half-open one would never end. */
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
      throw new CommandError(
        `drawbridge: ${server.url} does not answer with an event stream`,
        EXIT.unreachable,
      );
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
