import { statement, type Session } from '../../database/sql.js';
import type { FailReason } from '../../state-machine/action-state.js';
import type { ActionDeployment } from '../entities/action-deployment.js';
import { DEPLOYMENT_COLUMNS, SET_DEPLOYMENT } from './begin.js';

/**
 * The verdict on a queued action that its definition does not serve: it gets no allocation. `skip` reports
 * `succeeded` without secrets, so the deployment keeps the variables of its project.
 */
export interface Decline extends ActionDeployment {
  id: string;
  attempt: number;
  event: 'skip' | 'fail';
  to: 'reporting' | 'failing';
  reason: FailReason | null;
  /** Set for `fail`. */
  failureText: string | null;
  /** Set for `skip`. */
  progressText: string | null;
}

/** Returns which took effect, in the order of `declines`; false for an action that was moved or overtaken. */
export async function decline(session: Session, declines: Decline[]): Promise<boolean[]> {
  const numbered = declines.map((item, n) => ({ n, ...item }));
  const rows = await session.rows<{ n: number }>(DECLINE, [JSON.stringify(numbered)]);
  const written = new Set(rows.map(({ n }) => n));
  return declines.map((_, n) => written.has(n));
}

// The allocation of an earlier attempt was released before. Without `allocation_id` a skipped action differs
// from one that lost its allocation.
const DECLINE = statement(`
  WITH w AS (
    SELECT * FROM json_to_recordset($1::json) AS w (
      n int, id uuid, attempt int, event text, "to" text, reason text,
      "failureText" text, "progressText" text, ${DEPLOYMENT_COLUMNS})
  ), due AS (
    SELECT w.* FROM w JOIN action a ON a.id = w.id
    WHERE a.attempt = w.attempt
      AND (a.state = 'queued') IS TRUE
      AND (a.stray_until IS NULL OR a.stray_until <= clock_timestamp())
    ORDER BY a.id FOR UPDATE OF a
  ), moved AS (
    UPDATE action a SET
      state = due."to",
      allocation_id = CASE due.event WHEN 'skip' THEN NULL ELSE a.allocation_id END,
      reason = coalesce(due.reason, a.reason),
      failure_text = due."failureText",
      progress_text = due."progressText",
      failure_report = NULL,
      ${SET_DEPLOYMENT},
      updated_at = clock_timestamp()
    FROM due WHERE a.id = due.id
    RETURNING due.n, a.id, due.event, due."to", due.reason
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor, reason)
    SELECT id, event, 'queued', "to", 'worker', reason FROM moved
  )
  SELECT n FROM moved`);
