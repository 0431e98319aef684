import { statement, type Session } from '../../database/sql.js';
import type { Event, FailureReport, Reason, State } from '../../state-machine/action-state.js';
import { CALL_LIMIT_SECONDS, CHECK_AFTER_SECONDS } from '../time-limits.js';
import type { Actor } from '../entities/transition.entity.js';
import type { ActionOutcome } from '../entities/action.entity.js';

/**
 * A handle that replaces only `seen`, the handle that the call received: a slower call of another action
 * that shares the allocation may return an older handle than the stored one. The rest of the update takes
 * effect in any case.
 */
export interface NewHandle {
  value: unknown;
  seen: unknown;
}

/** An update that takes effect only while the row is in `from` and its claim token is `attempt`. */
export interface GuardedUpdate {
  id: string;
  /** The claim token; null where the caller's transaction holds the row's lock instead. */
  attempt: number | null;
  from: State;
  /** Set together: the audited change. Without them the row stays in `from`. */
  event?: Event;
  to?: State;
  /** Default: `worker`. */
  actor?: Actor;
  deliveryId?: string;
  reason?: Reason;
  /** An operator's own text, for the transition only: the reason of an action is a code. */
  note?: string;
  /** Set by the change that leads to `failing`. It stays while the action is `failing` or `failed`. */
  failureText?: string;
  /** Belongs to the state that it was written in: a change of state without a text erases it. */
  progressText?: string;
  outcome?: ActionOutcome;
  /**
   * Whether Vercel has the verdict `failed`. A new failure begins with null: a retry by an older version may
   * have left a value.
   */
  failureReport?: FailureReport;
  /**
   * `starts`: a provision call begins. `settled`: the call ended and can have no later effect. `stray`: the
   * call was abandoned or failed, and may take effect until its time limit.
   */
  call?: 'starts' | 'settled' | 'stray';
  /** The handle that the provisioner returned, for the next call. */
  handle?: NewHandle;
  /** Closes the allocation: erases its seed and the action's hold. */
  closes?: true;
}

/**
 * Writes guarded updates with their transitions in one statement, so in one transaction. Returns which of
 * them took effect, in their order: the list may contain the update of an overtaken worker and that of its
 * successor.
 */
export async function applyUpdates(session: Session, updates: GuardedUpdate[]): Promise<boolean[]> {
  // One lock order for all batches.
  const sorted = updates.map(toRow).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const rows = await session.rows<{ n: number }>(APPLY, [JSON.stringify(sorted)]);
  const written = new Set(rows.map(({ n }) => n));
  return updates.map((_, n) => written.has(n));
}

const toRow = ({ handle, ...update }: GuardedUpdate, n: number) => ({
  n,
  to: update.from,
  actor: 'worker',
  closes: false,
  ...update,
  hasHandle: handle !== undefined,
  handle: handle?.value,
  seen: handle?.seen,
});

const APPLY = statement(`
  WITH w AS (
    SELECT * FROM json_to_recordset($1::json) AS w (
      n int, id uuid, attempt int, "from" text, event text, "to" text, actor text, "deliveryId" uuid,
      reason text, note text, "failureText" text, "progressText" text, outcome text, "failureReport" text,
      call text, "hasHandle" boolean, handle jsonb, seen jsonb, closes boolean)
  ), moved AS (
    UPDATE action a SET
      state = w."to",
      reason = coalesce(w.reason, a.reason),
      failure_text = CASE
        WHEN w."to" = w."from" OR w."to" = 'failed' THEN coalesce(w."failureText", a.failure_text)
        ELSE w."failureText"
      END,
      progress_text = CASE
        WHEN w."to" = w."from" THEN coalesce(w."progressText", a.progress_text)
        ELSE w."progressText"
      END,
      outcome = coalesce(w.outcome, a.outcome),
      failure_report = CASE
        WHEN w."to" = 'failing' AND w."from" <> 'failing' THEN NULL
        ELSE coalesce(w."failureReport", a.failure_report)
      END,
      call_until = CASE w.call
        WHEN 'starts' THEN clock_timestamp() + interval '${CALL_LIMIT_SECONDS} seconds'
        WHEN 'settled' THEN NULL
        WHEN 'stray' THEN NULL
        ELSE a.call_until
      END,
      stray_until = CASE w.call
        WHEN 'stray' THEN greatest(a.stray_until, a.call_until)
        ELSE a.stray_until
      END,
      hold = CASE WHEN w.closes THEN NULL ELSE a.hold END,
      succeeded_at = CASE w.event WHEN 'accepted' THEN clock_timestamp() ELSE a.succeeded_at END,
      check_at = CASE w.event
        WHEN 'accepted' THEN clock_timestamp() + interval '${CHECK_AFTER_SECONDS} seconds'
        ELSE a.check_at
      END,
      updated_at = clock_timestamp()
    FROM w
    WHERE a.id = w.id
      AND (w.attempt IS NULL OR a.attempt = w.attempt)
      AND a.state = w."from"
      AND (NOT w.closes OR a.hold = 'closes')
    RETURNING w.n, a.id, a.allocation_id, w.event, w."from", w."to", w.actor, w."deliveryId",
      coalesce(w.note, w.reason) AS reason, w."hasHandle", w.handle, w.seen, w.closes
  ), kept AS (
    UPDATE allocation l SET
      handle = CASE
        WHEN m."hasHandle" AND l.handle IS NOT DISTINCT FROM m.seen THEN m.handle
        ELSE l.handle
      END,
      state = CASE WHEN m.closes THEN 'closed' ELSE l.state END,
      sealed_seed = CASE WHEN m.closes THEN NULL ELSE l.sealed_seed END,
      closed_at = CASE WHEN m.closes THEN clock_timestamp() ELSE l.closed_at END,
      updated_at = clock_timestamp()
    FROM moved m
    WHERE l.id = m.allocation_id AND (m."hasHandle" OR m.closes) AND l.state <> 'closed'
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor, reason, delivery_id)
    SELECT id, event, "from", "to", actor, reason, "deliveryId"
    FROM moved WHERE event IS NOT NULL
  )
  SELECT n FROM moved`);
