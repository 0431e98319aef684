import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../http/problems/problem.js';
import { transitionAnswer } from '../actions/action-answer.js';
import { readBounds, readUpTo, type FeedFilter } from './feed.js';
import { FEED_HELD_MS } from '../../access/limits/operator-limits.js';
import { FeedHold } from './feed-hold.js';
import { lookAtHorizon } from './feed-horizon.js';
import { Lane } from '../../access/limits/lane.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';

/** Rows read at once, and so held at once. */
const CHUNK = 1_000;
const LOOK_AGAIN_MS = 250;
const RETRY_AFTER_SECONDS = '60';

export interface ExportOptions {
  /** The process shuts down: the export breaks off with an error. */
  closing: AbortSignal;
  /** An export whose horizon stands still for so long fails. */
  heldMs?: number;
  /** What reads go through. */
  reads?: Lane;
}

/**
 * All transitions after `after` that match and whose ids were drawn before the export began, as lines of JSON. Reads on only when the last
 * lines were taken, so its memory does not grow with the audit.
 *
 * @throws when the export cannot be whole: its connection breaks, so that it is not taken for a whole one
 */
export async function* exportLines(
  sight: InstallationScope,
  after: string,
  filter: FeedFilter,
  { closing, heldMs = FEED_HELD_MS, reads = new Lane(1) }: ExportOptions,
): AsyncGenerator<string> {
  const hold = new FeedHold(heldMs);
  let horizon = await reads.run(() => lookAtHorizon(sight));
  const target = horizon.drawn;
  let position = BigInt(after);
  for (;;) {
    yield* linesUpTo(sight, position, horizon.id, filter, { closing, reads });
    if (horizon.id >= target) return;
    if (horizon.id > position) position = horizon.id;
    await sleep(LOOK_AGAIN_MS, undefined, { signal: closing });
    horizon = await reads.run(() => lookAtHorizon(sight));
    const ms = hold.note(horizon);
    if (ms !== null) throw held(ms);
  }
}

async function* linesUpTo(
  sight: InstallationScope,
  from: bigint,
  horizon: bigint,
  filter: FeedFilter,
  { closing, reads }: { closing: AbortSignal; reads: Lane },
): AsyncGenerator<string> {
  const bounds = await reads.run(() => readBounds(sight, filter, horizon));
  if (bounds === null) return;
  let position = from > bounds.after ? from : bounds.after;
  while (position < bounds.last) {
    closing.throwIfAborted();
    const query = { ...filter, after: String(position), limit: CHUNK };
    const rows = await reads.run(() => readUpTo(sight, bounds.last, query));
    if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(transitionAnswer(row))}\n`).join('');
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK) return;
    position = BigInt(last.id);
  }
}

function held(ms: number): Problem {
  const seconds = Math.round(ms / 1000);
  const detail = `an open transaction has kept the audit back for ${seconds} s: the export would not be whole`;
  return new Problem('unavailable', detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } });
}
