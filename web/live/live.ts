import { effect, signal } from '@preact/signals';
import { createParser } from 'eventsource-parser';
import type { TransitionAnswer } from '../../src/api/actions/action-answer.js';
import { send } from '../api/client.js';
import { token } from '../session/session.js';

type Listener = (transition: TransitionAnswer) => void;

/** `off`: no operator is signed in. `lost`: the stream broke off and is being reconnected. */
export const liveState = signal<'off' | 'connecting' | 'on' | 'lost'>('off');

const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
/** The server sends a comment every ten seconds. */
const SILENCE_MS = 25_000;

const listeners = new Set<Listener>();

/** Calls `listener` once for every transition from now on, across reconnects. Returns the unsubscriber. */
export function onTransition(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Follows the audit while an operator is signed in. */
export function followLive(): void {
  effect(() => {
    if (token.value === null) return;
    const abort = new AbortController();
    void follow(abort.signal);
    return () => {
      abort.abort();
      liveState.value = 'off';
    };
  });
}

/** The position in the stream: the last received id. */
interface Place {
  last: string | null;
  failures: number;
}

async function follow(signal: AbortSignal): Promise<void> {
  const place: Place = { last: null, failures: 0 };
  liveState.value = 'connecting';
  while (!signal.aborted) {
    try {
      await readOnce(place, signal);
    } catch {
      // Every failure is retried from the last id. The mark in the header shows the state.
      place.failures++;
    }
    if (signal.aborted) return;
    if (place.failures > 0) liveState.value = 'lost';
    await pause(Math.min(RETRY_MS * 2 ** place.failures, LONGEST_RETRY_MS), signal);
  }
}

/** Reads one connection until it ends. */
async function readOnce(place: Place, signal: AbortSignal): Promise<void> {
  const silence = new AbortController();
  const response = await send('/events', {
    headers: { accept: 'text/event-stream', ...(place.last !== null && { 'last-event-id': place.last }) },
    signal: AbortSignal.any([signal, silence.signal]),
  });
  const onId = (id: string): void => {
    place.last = id;
    place.failures = 0;
  };
  const parser = createParser({ onId, onEvent: ({ event, data }) => notify(event, data) });
  await readChunks(response, (text) => parser.feed(text), silence);
}

function notify(event: string | undefined, data: string): void {
  if (event !== 'transition') return;
  const transition = JSON.parse(data) as TransitionAnswer;
  for (const listener of listeners) listener(transition);
}

async function readChunks(
  response: Response,
  feed: (text: string) => void,
  silence: AbortController,
): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  liveState.value = 'on';
  for (;;) {
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    feed(value);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
