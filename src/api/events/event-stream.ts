import { transitionAnswer } from '../actions/action-answer.js';
import { reportOutage } from '../../database/connection/outage-log.js';
import type { OwnedTransition } from '../transitions/feed.js';
import type { EventHub } from './event-hub.js';

export interface StreamOptions {
  /** The id of the last transition that is known already. */
  after: string;
  /** Whether transitions of this installation may be seen. */
  sees(installationId: string | null): boolean;
  /** Of this action alone. */
  actionId?: string;
  heartbeatMs: number;
  /** Ends the stream. */
  signal: AbortSignal;
}

/** Milliseconds after which a client that lost the stream comes back. */
const RETRY_MS = 1_000;

/**
 * The audit as server-sent events, one per transition, for one client. It asks for more only when the client has taken what
 * there was, so at most one answer of the hub waits for a slow one. A comment shows that the stream lives when nothing comes for it, however
 * much happens elsewhere.
 */
export async function* eventStream(hub: EventHub, options: StreamOptions): AsyncGenerator<string> {
  const { sees, actionId, heartbeatMs, signal } = options;
  let after = options.after;
  hub.join();
  try {
    yield `retry: ${RETRY_MS}\nid: ${after}\n\n`;
    let said = performance.now();
    while (!signal.aborted) {
      const { version } = hub;
      const rows = await nextOf(hub, after);
      after = rows.at(-1)?.id ?? after;
      const seen = rows.filter((row) => sees(row.installationId));
      const wanted = actionId === undefined ? seen : seen.filter((row) => row.actionId === actionId);
      const quietMs = performance.now() - said;
      if (wanted.length > 0) yield wanted.map(transitionAnswer).map(eventOf).join('');
      else if (quietMs >= heartbeatMs) yield `${aliveOf(hub)}\nid: ${after}\n\n`;
      if (wanted.length > 0 || quietMs >= heartbeatMs) said = performance.now();
      else if (rows.length === 0) await hub.change(version, heartbeatMs - quietMs, signal);
    }
  } finally {
    hub.leave();
  }
}

/** Nothing while the database cannot be read: a stream outlives that, and is tried again at the next change or sign of life. */
async function nextOf(hub: EventHub, after: string): Promise<OwnedTransition[]> {
  try {
    return await hub.next(after);
  } catch (error) {
    if (reportOutage(error) === null) throw error;
    return [];
  }
}

/** A comment; an event of its own while nothing may come, so that the silence is not taken for a quiet time. */
function aliveOf({ heldMs }: EventHub): string {
  if (heldMs === null) return ': alive';
  return `event: held\ndata: ${JSON.stringify({ seconds: Math.round(heldMs / 1000) })}`;
}

function eventOf(transition: ReturnType<typeof transitionAnswer>): string {
  return `event: transition\nid: ${transition.id}\ndata: ${JSON.stringify(transition)}\n\n`;
}
