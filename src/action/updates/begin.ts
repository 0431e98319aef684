import { assignments, recordColumns, selectList } from '../../database/columns.js';
import { statement, type Session } from '../../database/sql.js';
import type { AllocationView } from '../claims/action-view.js';
import {
  DEPLOYMENT_PROPERTIES,
  DeploymentColumns,
  type ActionDeployment,
} from '../entities/action-deployment.js';
import { Allocation } from '../entities/allocation.entity.js';
import { CALL_LIMIT_SECONDS } from '../time-limits.js';

export interface Begin extends ActionDeployment {
  id: string;
  attempt: number;
  /** The id and seed of a new allocation; unused when the action joins an open one. */
  allocationId: string;
  sealedSeed: Buffer;
  identity: string;
  keyBase: string;
  /** The resource's choices for the plugin's configuration; an open allocation keeps its own. */
  options: Readonly<Record<string, unknown>>;
}

/**
 * Moves queued actions to `provisioning`. Each joins the open allocation of its identity or opens the next
 * generation, and its first provision call counts as started. Returns the allocations in the order of
 * `begins`; undefined for an action that was moved or overtaken.
 */
export async function begin(session: Session, begins: Begin[]): Promise<(AllocationView | undefined)[]> {
  const rows = await session.rows<AllocationView & { n: number }>(BEGIN, [JSON.stringify(begins.map(toRow))]);
  const begun = new Map(rows.map(({ n, ...allocation }) => [n, allocation]));
  return begins.map((_, n) => begun.get(n));
}

const toRow = ({ sealedSeed, ...item }: Begin, n: number): object => ({
  n,
  ...item,
  sealedSeed: sealedSeed.toString('base64'),
});

/** What Vercel says of the deployment, as columns of a list of JSON objects. */
export const DEPLOYMENT_COLUMNS = recordColumns(DeploymentColumns, DEPLOYMENT_PROPERTIES);
/** The same, written to an action from a relation called `due`. */
export const SET_DEPLOYMENT = assignments(DeploymentColumns, 'due', DEPLOYMENT_PROPERTIES);

// `IS TRUE` keeps the planner from the index of states, by which it would read all queued actions. An
// action with a stray call waits: its mark belongs to the allocation of that call, and the action that
// closes that allocation has to find the mark. The action's row is locked first, so that a canceled action
// opens no allocation. Joining locks the allocation's row: a release of that allocation waits, and then
// counts this holder.
const BEGIN = statement(`
  WITH w AS (
    SELECT * FROM json_to_recordset($1::json) AS w (
      n int, id uuid, attempt int, "allocationId" uuid, "sealedSeed" text, identity text, "keyBase" text,
      options jsonb, ${DEPLOYMENT_COLUMNS})
  ), due AS (
    SELECT w.*, a.installation_id, a.resource_id, a.action FROM w JOIN action a ON a.id = w.id
    WHERE a.attempt = w.attempt
      AND (a.state = 'queued') IS TRUE
      AND (a.stray_until IS NULL OR a.stray_until <= clock_timestamp())
    ORDER BY a.id FOR UPDATE OF a
  ), opened AS (
    INSERT INTO allocation AS l (
      id, identity, generation, key, state, sealed_seed, options, installation_id, resource_id, action)
    SELECT DISTINCT ON (due.identity) due."allocationId", due.identity, latest.generation + 1,
      due."keyBase" || CASE WHEN latest.generation = 0 THEN '' ELSE '-' || (latest.generation + 1) END,
      'open', decode(due."sealedSeed", 'base64'), due.options,
      due.installation_id, due.resource_id, due.action
    FROM due CROSS JOIN LATERAL (
      SELECT coalesce(max(generation), 0) AS generation
      FROM allocation known WHERE known.identity = due.identity
    ) latest
    ORDER BY due.identity
    ON CONFLICT (identity) WHERE state = 'open' DO UPDATE SET updated_at = clock_timestamp()
    RETURNING ${selectList(Allocation, 'l', ['id', 'identity', 'key', 'handle', 'sealedSeed', 'options'])}
  ), moved AS (
    UPDATE action a SET
      state = 'provisioning',
      hold = 'holds',
      allocation_id = opened.id,
      failure_text = NULL,
      progress_text = NULL,
      call_until = clock_timestamp() + interval '${CALL_LIMIT_SECONDS} seconds',
      ${SET_DEPLOYMENT},
      updated_at = clock_timestamp()
    FROM due JOIN opened USING (identity)
    WHERE a.id = due.id
    RETURNING due.n, a.id AS action_id, opened.*
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor)
    SELECT action_id, 'begin', 'queued', 'provisioning', 'worker' FROM moved
  )
  SELECT n, id, identity, key, handle, "sealedSeed", options FROM moved`);
