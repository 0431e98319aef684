import { statement, type Session } from '../../database/sql.js';
import type { State } from '../../state-machine/action-state.js';

export interface HoldRelease {
  id: string;
  attempt: number;
  from: State;
  /** The resting state that `gone` leads to from `from`. */
  to: State;
  outcome: 'failed' | 'canceled' | null;
}

/**
 * `left`: other actions hold the allocation; this action rests. `closes`: this action was the last holder;
 * the allocation is closing, no other action can join it, and this action deprovisions it. `moved`: the row
 * was moved or overtaken; nothing was written.
 */
export type HoldReleaseResult = 'left' | 'closes' | 'moved';

/**
 * Releases holds on allocations. Requires a transaction: it locks the allocations' rows first and counts
 * holders in a second statement, which sees what earlier lock owners have committed. So exactly one of
 * several actions becomes the last holder.
 */
export async function releaseHold(session: Session, items: HoldRelease[]): Promise<HoldReleaseResult[]> {
  await session.rows(LOCK, [items.map((item) => item.id)]);
  const numbered = items.map((item, n) => ({ n, ...item }));
  const rows = await session.rows<{ n: number; closes: boolean }>(RELEASE_HOLD, [JSON.stringify(numbered)]);
  const results = new Map(rows.map((row) => [row.n, row.closes ? ('closes' as const) : ('left' as const)]));
  return items.map((_, n) => results.get(n) ?? 'moved');
}

const LOCK = statement(`
  SELECT id FROM allocation WHERE id IN (SELECT allocation_id FROM action WHERE id = ANY($1::uuid[]))
  ORDER BY identity, generation FOR UPDATE`);

const RELEASE_HOLD = statement(`
  WITH w AS (
    SELECT DISTINCT ON (id, attempt) *
    FROM json_to_recordset($1::json) AS w (n int, id uuid, attempt int, "from" text, "to" text, outcome text)
    ORDER BY id, attempt, n
  ), mine AS (
    SELECT w.*, a.allocation_id FROM w JOIN action a ON a.id = w.id
    WHERE a.attempt = w.attempt AND a.state = w."from" AND a.hold = 'holds'
    ORDER BY a.id FOR UPDATE OF a
  ), shared AS (
    SELECT DISTINCT allocation_id FROM action
    WHERE hold = 'holds'
      AND allocation_id IN (SELECT allocation_id FROM mine)
      AND id NOT IN (SELECT id FROM mine)
  ), decided AS (
    SELECT mine.*, allocation_id NOT IN (SELECT allocation_id FROM shared)
      AND row_number() OVER (PARTITION BY allocation_id ORDER BY id) = 1 AS closes
    FROM mine
  ), moved AS (
    UPDATE action a SET
      hold = CASE WHEN d.closes THEN 'closes' END,
      state = CASE WHEN d.closes THEN a.state ELSE d."to" END,
      outcome = CASE WHEN d.closes THEN a.outcome ELSE coalesce(d.outcome, a.outcome) END,
      failure_text = CASE WHEN d.closes OR d."to" = 'failed' THEN a.failure_text END,
      progress_text = CASE WHEN d.closes THEN a.progress_text END,
      updated_at = clock_timestamp()
    FROM decided d WHERE a.id = d.id
    RETURNING d.n, a.id, a.allocation_id, d.closes, d."from", d."to"
  ), closing AS (
    UPDATE allocation l SET state = 'closing', updated_at = clock_timestamp()
    FROM moved WHERE moved.closes AND l.id = moved.allocation_id
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor)
    SELECT id, 'gone', "from", "to", 'worker' FROM moved WHERE NOT closes
  )
  SELECT n, closes FROM moved`);
