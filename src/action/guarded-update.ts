import { statement, type Session } from '../database/sql.js';
import { CALL_LIMIT_MS } from '../provisioner/limits.js';
import type { Event, FailureReport, Reason, State } from '../state-machine/action-state.js';
import type { Actor } from './entities/transition.entity.js';
import type { ActionOutcome } from './entities/action.entity.js';

/** The limit of a plugin call, for intervals in SQL. */
export const CALL_LIMIT_SECONDS = CALL_LIMIT_MS / 1000;
/** Seconds after which it is asked whether the deployment of a success is still there, and between two such questions. */
export const CHECK_AFTER_SECONDS = 24 * 3600;

/**
 * A handle that replaces `seen`, which the call was given, and no other: a slower call of somebody who shares the allocation knows less
 * than what was recorded meanwhile. The rest of the write takes effect all the same.
 */
export interface NewHandle {
  value: unknown;
  seen: unknown;
}

/** One guarded write: it takes effect only while the row is in `from` and the claim is still `attempt`. */
export interface GuardedUpdate {
  id: string;
  /** The fencing token; null where the caller's transaction holds the row's lock instead. */
  attempt: number | null;
  from: State;
  /** Set together: the audited change. Without them the row stays in `from`. */
  event?: Event;
  to?: State;
  actor?: Actor;
  deliveryId?: string;
  reason?: Reason;
  /** An operator's own words, for the transition alone: an action's reason is a code. */
  note?: string;
  /** Belongs to the state that it was written in: a change of state without a text erases it. */
  statusText?: string;
  outcome?: ActionOutcome;
  /** Whether Vercel has the verdict `failed`. A new failure begins with none: that of an earlier one may be left over from another version's retry. */
  failureReport?: FailureReport;
  /**
   * `starts`: a provision call begins. `settled`: it ended and can have no later effect. `stray`: it was given up or
   * failed, and may still take effect until its time limit is over.
   */
  call?: 'starts' | 'settled' | 'stray';
  /** What the provisioner returned, for the next call. */
  handle?: NewHandle;
  /** The allocation is gone for good: its seed is erased and the action owns nothing any more. */
  closes?: true;
}

/**
 * Writes a list of guarded changes with their transitions in one statement, so in one transaction. Answers which of them
 * took effect, in their order: an overtaken worker's may share the list with those of the one that overtook it.
 */
export async function applyUpdates(session: Session, writes: GuardedUpdate[]): Promise<boolean[]> {
  const sorted = writes.map(toRow).toSorted((a, b) => (a.id < b.id ? -1 : 1)); // one lock order for all
  const rows = await session.rows<{ n: number }>(RECORD, [JSON.stringify(sorted)]);
  const written = new Set(rows.map((row) => row.n));
  return writes.map((_, n) => written.has(n));
}

function toRow(write: GuardedUpdate, n: number) {
  return {
    n,
    id: write.id,
    attempt: write.attempt,
    from_state: write.from,
    event: write.event,
    to_state: write.to ?? write.from,
    actor: write.actor ?? 'worker',
    delivery_id: write.deliveryId,
    reason: write.reason,
    note: write.note,
    status_text: write.statusText,
    outcome: write.outcome,
    failure_report: write.failureReport,
    call: write.call,
    has_handle: write.handle !== undefined,
    handle: write.handle?.value,
    seen: write.handle?.seen,
    closes: write.closes === true,
  };
}

const RECORD = statement(`
  WITH w AS (
    SELECT * FROM json_to_recordset($1::json) AS w (
      n int, id uuid, attempt int, from_state text, event text, to_state text, actor text, delivery_id uuid, reason text, note text, status_text text,
      outcome text, failure_report text, call text, has_handle boolean, handle jsonb, seen jsonb, closes boolean)
  ), moved AS (
    UPDATE action a SET
      state = w.to_state,
      reason = coalesce(w.reason, a.reason),
      status_text = CASE WHEN w.to_state <> w.from_state THEN w.status_text ELSE coalesce(w.status_text, a.status_text) END,
      outcome = coalesce(w.outcome, a.outcome),
      failure_report = CASE WHEN w.to_state = 'failing' AND w.from_state <> 'failing' THEN NULL ELSE coalesce(w.failure_report, a.failure_report) END,
      call_until = CASE w.call
        WHEN 'starts' THEN clock_timestamp() + interval '${CALL_LIMIT_SECONDS} seconds'
        WHEN 'settled' THEN NULL WHEN 'stray' THEN NULL ELSE a.call_until END,
      stray_until = CASE w.call WHEN 'stray' THEN greatest(a.stray_until, a.call_until) ELSE a.stray_until END,
      hold = CASE WHEN w.closes THEN NULL ELSE a.hold END,
      succeeded_at = CASE w.event WHEN 'accepted' THEN clock_timestamp() ELSE a.succeeded_at END,
      check_at = CASE w.event WHEN 'accepted' THEN clock_timestamp() + interval '${CHECK_AFTER_SECONDS} seconds' ELSE a.check_at END,
      updated_at = clock_timestamp()
    FROM w
    WHERE a.id = w.id AND (w.attempt IS NULL OR a.attempt = w.attempt) AND a.state = w.from_state
      AND (NOT w.closes OR a.hold = 'closes')
    RETURNING w.n, a.id, a.allocation_id, w.event, w.from_state, w.to_state, w.actor, w.delivery_id, coalesce(w.note, w.reason) AS reason,
      w.has_handle, w.handle, w.seen, w.closes
  ), kept AS (
    UPDATE allocation l SET
      handle = CASE WHEN m.has_handle AND l.handle IS NOT DISTINCT FROM m.seen THEN m.handle ELSE l.handle END,
      state = CASE WHEN m.closes THEN 'closed' ELSE l.state END,
      sealed_seed = CASE WHEN m.closes THEN NULL ELSE l.sealed_seed END,
      closed_at = CASE WHEN m.closes THEN clock_timestamp() ELSE l.closed_at END,
      updated_at = clock_timestamp()
    FROM moved m
    WHERE l.id = m.allocation_id AND (m.has_handle OR m.closes) AND l.state <> 'closed'
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor, reason, delivery_id)
    SELECT id, event, from_state, to_state, actor, reason, delivery_id FROM moved WHERE event IS NOT NULL
  )
  SELECT n FROM moved`);
