import { transitionAnswer } from './action.answer.js';
import { readBounds, readHorizon, readUpTo, type FeedFilter } from './feed.js';
import type { Sight } from './sight/sight.js';

/** Rows read at once, and so held at once. */
const CHUNK = 1_000;

/**
 * All transitions after `after` that match, up to where the audit stands now, as lines of JSON. Reads on only when the last lines
 * were taken, so its memory does not grow with the audit.
 *
 * @param closing the process shuts down: the export breaks off with an error, so that nobody takes it for whole
 */
export async function* exportLines(
  sight: Sight,
  after: string,
  filter: FeedFilter,
  closing: AbortSignal,
): AsyncGenerator<string> {
  const horizon = await readHorizon(sight);
  const bounds = await readBounds(sight, filter, horizon);
  if (bounds === null) return;
  let position = BigInt(after) > bounds.after ? BigInt(after) : bounds.after;
  while (position < bounds.last) {
    closing.throwIfAborted();
    const query = { ...filter, after: String(position), limit: CHUNK };
    const rows = await readUpTo(sight, bounds.last, query);
    if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(transitionAnswer(row))}\n`).join('');
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK) return;
    position = BigInt(last.id);
  }
}
