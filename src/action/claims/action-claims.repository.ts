import { Injectable } from '@nestjs/common';
import { GroupCommit, retrying } from '../../database/group-commit.js';
import { QUEUE } from '../../database/queue/queue-names.js';
import { Sql, statement, type Session } from '../../database/sql.js';
import { WORKING } from '../../state-machine/action-state.js';
import { JobOutbox, type DueAction } from '../job-outbox.js';
import { WORKER_BATCHES } from '../batch-limits.js';
import { selectView, toView, type ActionView, type ActionViewRow } from './action-view.js';

/** A claim token with its action. */
interface ClaimKey {
  id: string;
  attempt: number;
}

/** Which worker may move an action, and what that worker reads of it. */
@Injectable()
export class ActionClaims {
  private readonly viewing: GroupCommit<ClaimKey, ActionView | undefined>;

  constructor(
    private readonly sql: Sql,
    private readonly outbox: JobOutbox,
  ) {
    this.viewing = new GroupCommit((claims) => this.viewAll(claims), WORKER_BATCHES);
  }

  /**
   * Draws a new claim token for each action that has work for a worker, and returns these actions. A call
   * of an earlier worker becomes a stray call.
   */
  async claim(ids: string[]): Promise<ActionView[]> {
    const rows = await retrying(() => this.sql.rows<ActionViewRow>(CLAIM, [ids, WORKING]));
    return rows.map(toView);
  }

  /** Reads the action again; undefined when another claim overtook this one. */
  view(id: string, attempt: number): Promise<ActionView | undefined> {
    return this.viewing.submit({ id, attempt });
  }

  /** Returns the ids of those claims whose action has moved, or has a newer claim. */
  async changed(held: readonly (ClaimKey & { state: string })[]): Promise<string[]> {
    if (held.length === 0) return [];
    const rows = await this.sql.rows<{ id: string }>(CHANGED, [JSON.stringify(held)]);
    return rows.map(({ id }) => id);
  }

  /** Counts claims that a shutdown hands back unused: they count as no attempt. */
  async handBack(session: Session, claims: readonly ClaimKey[]): Promise<void> {
    if (claims.length > 0) await session.rows(HAND_BACK, [JSON.stringify(claims)]);
  }

  /**
   * Inserts a job for every action that has work for a worker and has no job, 100 at a time. No known fault
   * loses a job; an action without its job would never move again.
   *
   * @returns how many jobs were inserted
   */
  async heal(): Promise<number> {
    const stranded = await this.sql.rows<DueAction>(STRANDED, [WORKING]);
    await this.outbox.restore(stranded);
    return stranded.length;
  }

  /** In the order of the claims. */
  private async viewAll(claims: ClaimKey[]): Promise<(ActionView | undefined)[]> {
    const rows = await this.sql.rows<ActionViewRow>(VIEW, [JSON.stringify(claims)]);
    const found = new Map(rows.map((row) => [row.id, toView(row)]));
    return claims.map(({ id, attempt }) => {
      const view = found.get(id); // one list may hold an overtaken claim beside the newer one
      return view?.attempt === attempt ? view : undefined;
    });
  }
}

const CLAIM = statement(`
  WITH claimed AS (
    UPDATE action a SET
      attempt = a.attempt + 1, stray_until = greatest(a.stray_until, a.call_until), call_until = NULL
    FROM (
      SELECT id FROM action WHERE id = ANY($1::uuid[]) AND state = ANY($2::text[]) ORDER BY id FOR UPDATE
    ) due
    WHERE a.id = due.id
    RETURNING a.*
  ) ${selectView('claimed')}`);

const VIEW = statement(`
  ${selectView('action')}
  JOIN json_to_recordset($1::json) AS w (id uuid, attempt int) ON w.id = a.id AND w.attempt = a.attempt`);

const CHANGED = statement(`
  SELECT w.id FROM json_to_recordset($1::json) AS w (id uuid, attempt int, state text)
  LEFT JOIN action a ON a.id = w.id AND a.attempt = w.attempt AND a.state = w.state
  WHERE a.id IS NULL`);

const HAND_BACK = statement(`
  UPDATE action a SET handed_back = a.handed_back + 1
  FROM json_to_recordset($1::json) AS w (id uuid, attempt int)
  WHERE a.id = w.id AND a.attempt = w.attempt`);

const STRANDED = statement(`
  SELECT a.id AS "actionId", a.installation_id AS "installationId", a.resource_id AS "resourceId"
  FROM action a
  WHERE a.state = ANY($1::text[]) AND a.updated_at < now() - interval '2 minutes' AND NOT EXISTS (
    SELECT FROM pgboss.job j
    WHERE j.name = '${QUEUE}' AND j.singleton_key = a.id::text AND j.state < 'completed')
  LIMIT 100`);
