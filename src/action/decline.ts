import { statement, type Session } from '../database/sql.js';
import { FACT_COLUMNS, SET_FACTS, type ActionDeployment } from './begin.js';
import type { FailReason } from '../state-machine/action-state.js';

/**
 * The verdict on a queued action that its definition does not serve: nothing is made for it. `skip` reports `succeeded` without
 * secrets, so the deployment keeps the variables of its project.
 */
export interface Decline extends ActionDeployment {
  id: string;
  attempt: number;
  event: 'skip' | 'fail';
  to: 'reporting' | 'failing';
  reason: FailReason | null;
  statusText: string;
}

/** Answers which took effect, in their order: the others were moved or overtaken. */
export async function decline(session: Session, declines: Decline[]): Promise<boolean[]> {
  const rows = await session.rows<{ n: number }>(DECLINE, [
    JSON.stringify(declines.map((item, n) => ({ n, ...item }))),
  ]);
  const written = new Set(rows.map(({ n }) => n));
  return declines.map((_, n) => written.has(n));
}

// What an earlier attempt held is given up since long: a declined action has no allocation, which tells it from one that lost its own.
const DECLINE = statement(`
  WITH w AS (
    SELECT * FROM json_to_recordset($1::json) AS w (
      n int, id uuid, attempt int, event text, "to" text, reason text, "statusText" text, ${FACT_COLUMNS})
  ), due AS (
    SELECT w.* FROM w JOIN action a ON a.id = w.id
    WHERE a.attempt = w.attempt AND (a.state = 'queued') IS TRUE
      AND (a.stray_until IS NULL OR a.stray_until <= clock_timestamp())
    ORDER BY a.id FOR UPDATE OF a
  ), moved AS (
    UPDATE action a SET
      state = due."to", allocation_id = CASE due.event WHEN 'skip' THEN NULL ELSE a.allocation_id END,
      reason = coalesce(due.reason, a.reason), status_text = due."statusText", ${SET_FACTS},
      failure_report = NULL,
      updated_at = clock_timestamp()
    FROM due WHERE a.id = due.id
    RETURNING due.n, a.id, due.event, due."to", due.reason
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor, reason)
    SELECT id, event, 'queued', "to", 'worker', reason FROM moved
  )
  SELECT n FROM moved`);
