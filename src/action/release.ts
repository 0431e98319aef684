import type { JobSubject } from '../database/queue/queue.js';
import { statement, type Session } from '../database/sql.js';
import { applyUpdates } from './guarded-update.js';
import { next, statesAllowing, type State } from '../state-machine/action-state.js';
import { releaseText } from '../state-machine/release-reasons.js';

/** Which actions are given back though no cleanup came for them, and why. */
export type ReleaseOrder =
  /** Successes of a slug that are older than this. Unless `production`, those stay that are, or may be, of a production deployment. */
  | { reason: 'retained'; action: string; retainMs: number; production: boolean }
  /** These, as far as they are still successes: Vercel says that their deployments are gone. */
  | { reason: 'deployment-gone'; ids: readonly string[]; confirmed?: Confirmation }
  /** These, as far as they are still successes: their deployments ended in an error or were canceled. */
  | { reason: 'deployment-failed'; ids: readonly string[] }
  /** All of an installation that owns something or may come to, if that is still a removed one. */
  | { reason: 'installation-removed'; installationId: string };

/** The operator who confirmed that the deployments are gone, and the operator's words. */
export interface Confirmation {
  actor: `operator:${string}`;
  note: string;
}

export interface Released extends JobSubject {
  id: string;
  deploymentId: string;
  action: string;
}

/** Actions of one transaction at most: their ids have to fit into one notification of 8,000 bytes. */
export const RELEASE_LIMIT = 150;

/**
 * `release` by the sweeper, for at most RELEASE_LIMIT actions that `order` names. Must run inside a transaction: the rows are locked, in the
 * one order that all writers keep to, before the table is asked.
 */
export async function release(session: Session, order: ReleaseOrder): Promise<Released[]> {
  const rows = await lock(session, order);
  const writes = rows.map(({ id, state, ...action }) => ({
    id,
    attempt: null,
    from: state,
    event: 'release' as const,
    to: next(state, 'release') as State,
    actor: 'sweeper' as const,
    ...('confirmed' in order ? order.confirmed : {}),
    reason: order.reason,
    statusText: releaseText(order.reason, action),
  }));
  if (writes.length > 0) await applyUpdates(session, writes);
  return rows;
}

type Locked = Released & { state: State };

function lock(session: Session, order: ReleaseOrder): Promise<Locked[]> {
  switch (order.reason) {
    case 'retained':
      return session.rows(RETAINED, [order.action, order.retainMs, order.production, RELEASE_LIMIT]);
    case 'deployment-gone':
    case 'deployment-failed':
      return session.rows(NAMED, [order.ids.slice(0, RELEASE_LIMIT)]);
    case 'installation-removed':
      return session.rows(REMOVED, [order.installationId, statesAllowing('release'), RELEASE_LIMIT]);
    default:
      return order satisfies never;
  }
}

/** Removed installations that still have successes; the other states find out by themselves. */
export async function removedInstallations(session: Session): Promise<string[]> {
  const rows = await session.rows<{ id: string }>(OWNING, [RELEASE_LIMIT]);
  return rows.map(({ id }) => id);
}

const COLUMNS = `a.id, a.state, a.installation_id AS "installationId", a.resource_id AS "resourceId",
  a.deployment_id AS "deploymentId", a.action`;

// Without the deployment's address nothing was read of it, and so it may be a production deployment.
const RETAINED = statement(`
  SELECT ${COLUMNS} FROM action a JOIN (
    SELECT id FROM action
    WHERE state = 'succeeded' AND action = $1 AND succeeded_at <= now() - $2::float8 * interval '1 millisecond'
      AND ($3::boolean OR (target IS DISTINCT FROM 'production' AND deployment_url IS NOT NULL))
    ORDER BY succeeded_at LIMIT $4
  ) due USING (id)
  WHERE a.state = 'succeeded'
  ORDER BY a.id FOR UPDATE OF a`);

const NAMED = statement(`
  SELECT ${COLUMNS} FROM action a WHERE a.id = ANY($1::uuid[]) AND a.state = 'succeeded'
  ORDER BY a.id FOR UPDATE OF a`);

const REMOVED = statement(`
  SELECT ${COLUMNS} FROM action a JOIN (
    SELECT action.id FROM action JOIN installation i ON i.id = action.installation_id AND i.removed_at IS NOT NULL
    WHERE installation_id = $1 AND state = ANY($2::text[]) LIMIT $3
  ) due USING (id)
  WHERE a.state = ANY($2::text[])
  ORDER BY a.id FOR UPDATE OF a`);

const OWNING = statement(`
  SELECT i.id FROM installation i
  WHERE i.removed_at IS NOT NULL
    AND EXISTS (SELECT FROM action a WHERE a.installation_id = i.id AND a.state = 'succeeded')
  LIMIT $1`);
