import { statement, type Session } from '../database/sql.js';
import type { AllocationView } from './action-view.js';
import { CALL_LIMIT_SECONDS } from './guarded-update.js';

/** What is known of the deployment once it was fetched; null where Vercel does not say. */
export interface ActionDeployment {
  deploymentUrl: string | null;
  projectId: string | null;
  projectName: string | null;
  target: string | null;
  /** What people call its environment: `production`, `preview`, or the slug of a custom one. */
  environment: string | null;
  gitRef: string | null;
  gitSha: string | null;
  pullRequest: number | null;
}

export interface Begin extends ActionDeployment {
  id: string;
  attempt: number;
  /** The id and seed of a new allocation; unused when an open one is joined. */
  allocationId: string;
  sealedSeed: Buffer;
  identity: string;
  keyBase: string;
  /** What the resource chose for the plugin's configuration; an allocation that is joined keeps its own. */
  options: Readonly<Record<string, unknown>>;
}

/**
 * `begin` for a list of queued actions: each joins the open allocation of its identity or opens the next generation, and its
 * first provision call counts as started. Undefined for an action that was moved or overtaken meanwhile.
 */
export async function begin(session: Session, begins: Begin[]): Promise<(AllocationView | undefined)[]> {
  const rows = await session.rows<Row>(BEGIN, [JSON.stringify(begins.map(toRow))]);
  const begun = new Map(rows.map((row) => [row.n, row]));
  return begins.map((_, n) => {
    const row = begun.get(n);
    return row && { ...row, sealedSeed: row.sealed_seed };
  });
}

interface Row extends Omit<AllocationView, 'sealedSeed'> {
  n: number;
  sealed_seed: Buffer;
}

function toRow({ sealedSeed, ...rest }: Begin, n: number): object {
  return { n, ...rest, sealedSeed: sealedSeed.toString('base64') };
}

/** The facts of a deployment as columns of a list of JSON, and how they are written to an action from one called `due`. */
export const FACT_COLUMNS =
  '"deploymentUrl" text, "projectId" text, "projectName" text, target text, environment text, "gitRef" text, "gitSha" text, "pullRequest" int';
export const SET_FACTS = `
      deployment_url = due."deploymentUrl", project_id = due."projectId", project_name = due."projectName",
      target = due.target, environment = due.environment, git_ref = due."gitRef", git_sha = due."gitSha",
      pull_request = due."pullRequest"`;

// `IS TRUE` keeps the planner from reading all queued actions by the index of states: it believes that there are few.
// An action whose earlier call may still take effect waits: its mark names the allocation of that call, and the closer of that
// allocation has to find it. The action's row is locked first, so that no allocation is opened for an action that was canceled meanwhile. Joining
// locks the allocation's row: letting go of it waits, and then counts this holder.
const BEGIN = statement(`
  WITH w AS (
    SELECT * FROM json_to_recordset($1::json) AS w (
      n int, id uuid, attempt int, "allocationId" uuid, "sealedSeed" text, identity text, "keyBase" text, options jsonb, ${FACT_COLUMNS})
  ), due AS (
    SELECT w.*, a.installation_id, a.resource_id FROM w JOIN action a ON a.id = w.id
    WHERE a.attempt = w.attempt AND (a.state = 'queued') IS TRUE
      AND (a.stray_until IS NULL OR a.stray_until <= clock_timestamp())
    ORDER BY a.id FOR UPDATE OF a
  ), opened AS (
    INSERT INTO allocation AS l (id, identity, generation, key, state, sealed_seed, options, installation_id, resource_id)
    SELECT DISTINCT ON (due.identity) due."allocationId", due.identity, latest.generation + 1,
      due."keyBase" || CASE WHEN latest.generation = 0 THEN '' ELSE '-' || (latest.generation + 1) END,
      'open', decode(due."sealedSeed", 'base64'), due.options, due.installation_id, due.resource_id
    FROM due CROSS JOIN LATERAL (
      SELECT coalesce(max(generation), 0) AS generation FROM allocation known WHERE known.identity = due.identity
    ) latest
    ORDER BY due.identity
    ON CONFLICT (identity) WHERE state = 'open' DO UPDATE SET updated_at = clock_timestamp()
    RETURNING l.id, l.identity, l.key, l.handle, l.sealed_seed, l.options
  ), moved AS (
    UPDATE action a SET
      state = 'provisioning', hold = 'holds', allocation_id = opened.id, status_text = NULL,
      call_until = clock_timestamp() + interval '${CALL_LIMIT_SECONDS} seconds',
      ${SET_FACTS.trim()},
      updated_at = clock_timestamp()
    FROM due JOIN opened USING (identity)
    WHERE a.id = due.id
    RETURNING due.n, a.id AS action_id, opened.*
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor)
    SELECT action_id, 'begin', 'queued', 'provisioning', 'worker' FROM moved
  )
  SELECT * FROM moved`);
