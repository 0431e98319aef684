import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../http/problems/problem.js';
import { transitionAnswer } from '../actions/action-answer.js';
import { readBounds, readUpTo, type FeedFilter } from './feed.js';
import { FEED_HELD_MS } from '../../access/limits/operator-limits.js';
import { StalledFeed } from './stalled-feed.js';
import { readHorizonWithHolders } from './feed-horizon.js';
import { ConcurrencyLimit } from '../../access/limits/concurrency-limit.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';

/** Number of rows read and held at a time. */
const CHUNK = 1_000;
const RECHECK_MS = 250;
const RETRY_AFTER_SECONDS = '60';

export interface ExportOptions {
  /** Aborts at shutdown: the export ends with an error. */
  closing: AbortSignal;
  /** The export fails if its horizon does not advance for this time. */
  heldMs?: number;
  /** Limits concurrent reads. */
  reads?: ConcurrencyLimit;
}

/**
 * Yields all matching transitions after `after` whose ids were drawn before the export began, as lines of
 * JSON. Reads more only after the last lines were consumed, so memory does not grow with the audit.
 *
 * @throws Error if the export cannot be complete. The connection breaks, so that the client notices.
 */
export async function* exportLines(
  scope: InstallationScope,
  after: string,
  filter: FeedFilter,
  { closing, heldMs = FEED_HELD_MS, reads = new ConcurrencyLimit(1) }: ExportOptions,
): AsyncGenerator<string> {
  const hold = new StalledFeed(heldMs);
  let horizon = await reads.run(() => readHorizonWithHolders(scope));
  const target = horizon.drawn;
  let position = BigInt(after);
  for (;;) {
    yield* linesUpTo(scope, position, horizon.id, filter, { closing, reads });
    if (horizon.id >= target) return;
    if (horizon.id > position) position = horizon.id;
    await sleep(RECHECK_MS, undefined, { signal: closing });
    horizon = await reads.run(() => readHorizonWithHolders(scope));
    const ms = hold.note(horizon);
    if (ms !== null) throw held(ms);
  }
}

async function* linesUpTo(
  scope: InstallationScope,
  from: bigint,
  horizon: bigint,
  filter: FeedFilter,
  { closing, reads }: { closing: AbortSignal; reads: ConcurrencyLimit },
): AsyncGenerator<string> {
  const bounds = await reads.run(() => readBounds(scope, filter, horizon));
  if (bounds === null) return;
  let position = from > bounds.after ? from : bounds.after;
  while (position < bounds.last) {
    closing.throwIfAborted();
    const query = { ...filter, after: String(position), limit: CHUNK };
    const rows = await reads.run(() => readUpTo(scope, bounds.last, query));
    if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(transitionAnswer(row))}\n`).join('');
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK) return;
    position = BigInt(last.id);
  }
}

function held(ms: number): Problem {
  const seconds = Math.round(ms / 1000);
  const detail = `an open transaction has held back the audit for ${seconds} s, so the export would be incomplete`;
  return new Problem('unavailable', detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } });
}
