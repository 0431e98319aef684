import { statement, type Session } from '../database/sql.js';
import type { ActionOutcome } from './entities/action.entity.js';
import { WORKING, type FailureReport, type State } from '../state-machine/action-state.js';

/** What a worker knows of an action at the moment of reading; times are milliseconds left by the database's clock. */
export interface ActionView {
  id: string;
  attempt: number;
  state: State;
  outcome: ActionOutcome | null;
  reason: string | null;
  statusText: string | null;
  /** While failing: null until Vercel was offered the verdict for the last time. While queued: of the failure before a retry, null at a start. */
  failureReport: FailureReport | null;
  installationId: string;
  deploymentId: string;
  resourceId: string;
  action: string;
  hold: 'holds' | 'closes' | null;
  /** Until the deadline; negative when it has passed, null when there is none (a cancel that came first). */
  deadlineMs: number | null;
  /**
   * While positive, a provision call of which nobody knows the end may still take effect: any of the allocation that this action
   * closes, or its own earlier one when it is queued again.
   */
  strayMs: number;
  deploymentUrl: string | null;
  projectId: string | null;
  projectName: string | null;
  target: string | null;
  environment: string | null;
  gitRef: string | null;
  gitSha: string | null;
  pullRequest: number | null;
  /** Where the webhook that made it stands in a trace. */
  traceparent: string | null;
  allocation: AllocationView | null;
}

export interface AllocationView {
  id: string;
  identity: string;
  key: string;
  handle: unknown;
  sealedSeed: Buffer | null;
  /** Of the plugin's configuration: what the resource chose when it was opened. */
  options: Readonly<Record<string, unknown>>;
}

const millisecondsUntil = (time: string): string => `extract(epoch FROM ${time} - clock_timestamp()) * 1000`;

/** `source` is a relation with the columns of action. */
const selectView = (source: string): string => `
  SELECT a.*, ${millisecondsUntil('a.deadline_at')} AS deadline_ms,
    CASE WHEN a.hold = 'closes' THEN coalesce((
      SELECT max(${millisecondsUntil('greatest(other.call_until, other.stray_until)')})
      FROM action other WHERE other.allocation_id = a.allocation_id), 0)
      WHEN a.state = 'queued' THEN coalesce(${millisecondsUntil('a.stray_until')}, 0) ELSE 0 END AS stray_ms,
    l.identity, l.key, l.handle, l.sealed_seed, l.options
  FROM ${source} a LEFT JOIN allocation l ON l.id = a.allocation_id`;

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

/**
 * Draws a new fencing token for each action that a worker has something to do for; the others are left out. A call that an
 * earlier worker never saw the end of counts as stray from now on.
 */
export async function claim(session: Session, ids: string[]): Promise<ActionView[]> {
  const rows = await session.rows<Row>(CLAIM, [ids, WORKING]);
  return rows.map(toView);
}

const VIEW = statement(`
  ${selectView('action')}
  JOIN json_to_recordset($1::json) AS w (id uuid, attempt int) ON w.id = a.id AND w.attempt = a.attempt`);

/** Reads actions again; one whose claim was overtaken is undefined. In the order of `claims`. */
export async function view(
  session: Session,
  claims: { id: string; attempt: number }[],
): Promise<(ActionView | undefined)[]> {
  const rows = await session.rows<Row>(VIEW, [JSON.stringify(claims)]);
  const found = new Map(rows.map((row) => [row.id, toView(row)]));
  return claims.map(({ id, attempt }) => {
    const now = found.get(id); // of whoever holds it: an overtaken claim may be asked about in the same list
    return now?.attempt === attempt ? now : undefined;
  });
}

interface Row {
  id: string;
  attempt: number;
  state: State;
  outcome: ActionOutcome | null;
  reason: string | null;
  status_text: string | null;
  failure_report: FailureReport | null;
  installation_id: string;
  deployment_id: string;
  resource_id: string;
  action: string;
  hold: 'holds' | 'closes' | null;
  deadline_ms: string | null;
  stray_ms: string;
  deployment_url: string | null;
  project_id: string | null;
  project_name: string | null;
  target: string | null;
  environment: string | null;
  git_ref: string | null;
  git_sha: string | null;
  pull_request: number | null;
  traceparent: string | null;
  allocation_id: string | null;
  identity: string | null;
  key: string | null;
  handle: unknown;
  sealed_seed: Buffer | null;
  options: Record<string, unknown> | null;
}

function toView(row: Row): ActionView {
  return {
    id: row.id,
    attempt: row.attempt,
    state: row.state,
    outcome: row.outcome,
    reason: row.reason,
    statusText: row.status_text,
    failureReport: row.failure_report,
    installationId: row.installation_id,
    deploymentId: row.deployment_id,
    resourceId: row.resource_id,
    action: row.action,
    hold: row.hold,
    deadlineMs: row.deadline_ms === null ? null : Number(row.deadline_ms),
    strayMs: Number(row.stray_ms),
    deploymentUrl: row.deployment_url,
    projectId: row.project_id,
    projectName: row.project_name,
    target: row.target,
    environment: row.environment,
    gitRef: row.git_ref,
    gitSha: row.git_sha,
    pullRequest: row.pull_request,
    traceparent: row.traceparent,
    allocation: allocationOf(row),
  };
}

function allocationOf(row: Row): AllocationView | null {
  const { allocation_id: id, identity, key, handle, sealed_seed: sealedSeed, options } = row;
  if (id === null || identity === null || key === null || options === null) return null;
  return { id, identity, key, handle, sealedSeed, options };
}
