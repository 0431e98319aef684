import { statement, type Session } from '../database/sql.js';
import { applyUpdates } from './guarded-update.js';
import { isWorking, next, statesAllowing, type State } from '../state-machine/action-state.js';

/** An admin's statement that a resource moved from one installation to another, under the same id. */
export interface Transfer {
  resourceId: string;
  source: string;
  target: string;
  actor: `operator:${string}`;
  productId: string;
  name: string;
  /** Undefined: those it had. */
  settings: object | undefined;
}

/** `moved`: actions that now belong to the target; those in `due` need a worker. */
export type Transferred =
  | { kind: 'done'; moved: number; due: { actionId: string; installationId: string; resourceId: string }[] }
  | { kind: 'unknown-installation' }
  /** The target has a resource of that id with allocations of its own: the two would become one. */
  | { kind: 'occupied'; allocations: number }
  | { kind: 'unknown-resource' };

/**
 * Moves a resource with its unfinished actions and its allocations. Must run inside a transaction. Identities keep the installation in
 * whose name the allocations were made, so the next push of a git branch finds the old allocation. Workers lose their claims: what they
 * hold names the former installation and its token.
 */
export async function transfer(session: Session, order: Transfer): Promise<Transferred> {
  const { resourceId, source, target, actor } = order;
  const known = await session.rows(TARGET, [target]);
  if (known.length === 0) return { kind: 'unknown-installation' };
  const [own] = await session.rows<{ allocations: number }>(OWN, [target, resourceId]);
  if (own !== undefined && own.allocations > 0) return { kind: 'occupied', ...own };
  const [moved] = await session.rows<{ origin: string }>(MOVE_RESOURCE, [
    source,
    target,
    resourceId,
    order.productId,
    order.name,
    order.settings === undefined ? null : JSON.stringify(order.settings),
  ]);
  if (moved === undefined) return { kind: 'unknown-resource' };
  const actions = await session.rows<{ id: string; state: State }>(MOVE_ACTIONS, [
    source,
    target,
    resourceId,
  ]);
  const released = await releaseOvertaken(session, order);
  await session.rows(MOVE_ALLOCATIONS, [source, target, resourceId]);
  await session.rows(RECORD, [resourceId, source, target, moved.origin, actor, actions.length]);
  const working = actions.filter(({ state }) => isWorking(state));
  const of = (installationId: string) => (id: string) => ({ actionId: id, installationId, resourceId });
  const due = [...working.map(({ id }) => id).map(of(target)), ...released.map(of(source))];
  return { kind: 'done', moved: actions.length, due };
}

/** The target already heard a cancel or cleanup for these, which found no action of its own: it is carried out now. */
async function releaseOvertaken(session: Session, order: Transfer): Promise<string[]> {
  const { source, target, resourceId, actor } = order;
  const rows = await session.rows<{ id: string; state: State; deploymentId: string }>(OVERTAKEN, [
    source,
    target,
    resourceId,
    statesAllowing('release'),
  ]);
  const writes = rows.map(({ id, state, deploymentId }) => ({
    id,
    attempt: null,
    from: state,
    event: 'release' as const,
    to: next(state, 'release') as State,
    actor,
    reason: 'deployment-gone' as const,
    note: `transferred to ${target}, which was told of the end before`,
    statusText: `released: installation ${target} was told that deployment ${deploymentId} has ended`,
  }));
  if (writes.length > 0) await applyUpdates(session, writes);
  return rows.map(({ id }) => id);
}

const TARGET = statement('SELECT FROM installation WHERE id = $1 AND removed_at IS NULL FOR SHARE');

const OWN = statement(`
  SELECT count(*)::int AS allocations FROM allocation
  WHERE installation_id = $1 AND resource_id = $2 AND state <> 'closed'`);

const MOVE_RESOURCE = statement(`
  WITH former AS (
    DELETE FROM resource WHERE installation_id = $1 AND id = $3
    RETURNING coalesce(origin, installation_id) AS origin, settings
  )
  INSERT INTO resource AS r (installation_id, id, product_id, name, settings, origin)
  SELECT $2, $3, $4, $5, coalesce($6::jsonb, former.settings), former.origin FROM former
  ON CONFLICT (installation_id, id) DO UPDATE SET product_id = excluded.product_id, name = excluded.name,
    settings = excluded.settings, origin = excluded.origin, updated_at = now()
  RETURNING origin`);

// A claim is drawn anew, and does not count as an attempt: who holds the action knows the former installation.
const MOVE_ACTIONS = statement(`
  UPDATE action a SET installation_id = $2, attempt = a.attempt + 1, handed_back = a.handed_back + 1
  FROM (
    SELECT id FROM action mine WHERE installation_id = $1 AND resource_id = $3 AND state <> 'released'
      AND NOT EXISTS (
        SELECT FROM action theirs WHERE theirs.installation_id = $2 AND theirs.deployment_id = mine.deployment_id
          AND theirs.resource_id = $3 AND theirs.action = mine.action)
    ORDER BY id FOR UPDATE
  ) moving
  WHERE a.id = moving.id
  RETURNING a.id, a.state`);

const OVERTAKEN = statement(`
  SELECT a.id, a.state, a.deployment_id AS "deploymentId" FROM action a
  JOIN action theirs ON theirs.installation_id = $2 AND theirs.deployment_id = a.deployment_id
    AND theirs.resource_id = a.resource_id AND theirs.action = a.action
  WHERE a.installation_id = $1 AND a.resource_id = $3 AND a.state = ANY($4::text[])
    AND theirs.state IN ('canceling', 'canceled', 'releasing', 'released')
  ORDER BY a.id FOR UPDATE OF a`);

const MOVE_ALLOCATIONS = statement(`
  UPDATE allocation SET installation_id = $2 WHERE installation_id = $1 AND resource_id = $3`);

const RECORD = statement(`
  INSERT INTO resource_transfer (resource_id, source, target, origin, actor, actions) VALUES ($1, $2, $3, $4, $5, $6)`);
