import { transitionAnswer } from '../actions/action-answer.js';
import { reportOutage } from '../../database/connection/outage-log.js';
import type { OwnedTransition } from '../transitions/feed.js';
import type { EventHub } from './event-hub.js';

export interface StreamOptions {
  /** The id of the last transition known to the client. */
  after: string;
  /** True if the client may see transitions of this installation. */
  sees(installationId: string | null): boolean;
  /** Limits the stream to this action. */
  actionId?: string;
  heartbeatMs: number;
  /** Ends the stream. */
  signal: AbortSignal;
}

/** Milliseconds after which a client reconnects. */
const RETRY_MS = 1_000;

/**
 * Yields the audit as server-sent events, one per transition, for one client. Reads more only after the
 * client has consumed the previous rows, so a slow client holds at most one chunk. Sends a comment if no
 * event was sent for `heartbeatMs`.
 */
export async function* eventStream(hub: EventHub, options: StreamOptions): AsyncGenerator<string> {
  const { sees, actionId, heartbeatMs, signal } = options;
  let after = options.after;
  hub.join();
  try {
    yield `retry: ${RETRY_MS}\nid: ${after}\n\n`;
    let sentAt = performance.now();
    while (!signal.aborted) {
      const { version } = hub;
      const rows = await nextOf(hub, after);
      after = rows.at(-1)?.id ?? after;
      const visible = rows.filter((row) => sees(row.installationId));
      const wanted = actionId === undefined ? visible : visible.filter((row) => row.actionId === actionId);
      const quietMs = performance.now() - sentAt;
      if (wanted.length > 0) yield wanted.map(transitionAnswer).map(eventOf).join('');
      else if (quietMs >= heartbeatMs) yield `${heartbeatOf(hub)}\nid: ${after}\n\n`;
      if (wanted.length > 0 || quietMs >= heartbeatMs) sentAt = performance.now();
      else if (rows.length === 0) await hub.change(version, heartbeatMs - quietMs, signal);
    }
  } finally {
    hub.leave();
  }
}

/**
 * Returns no rows during an outage of the database: the stream survives and retries at the next change or
 * heartbeat.
 */
async function nextOf(hub: EventHub, after: string): Promise<OwnedTransition[]> {
  try {
    return await hub.next(after);
  } catch (error) {
    if (reportOutage(error) === null) throw error;
    return [];
  }
}

/** Returns the heartbeat: a comment, or the event `held` while an open transaction holds transitions back. */
function heartbeatOf({ heldMs }: EventHub): string {
  if (heldMs === null) return ': alive';
  return `event: held\ndata: ${JSON.stringify({ seconds: Math.round(heldMs / 1000) })}`;
}

function eventOf(transition: ReturnType<typeof transitionAnswer>): string {
  return `event: transition\nid: ${transition.id}\ndata: ${JSON.stringify(transition)}\n\n`;
}
