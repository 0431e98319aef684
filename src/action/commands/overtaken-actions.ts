import { statement, type Session } from '../../database/sql.js';
import { next, statesAllowing, type State } from '../../state-machine/action-state.js';
import { applyUpdates } from '../updates/guarded-update.js';

interface TransferredResource {
  resourceId: string;
  source: string;
  target: string;
  actor: `operator:${string}`;
}

/**
 * Releases the actions whose cancel or cleanup the target received before the transfer, when it had no
 * action of its own. Requires a transaction.
 *
 * @returns the ids of the released actions
 */
export async function releaseOvertaken(session: Session, request: TransferredResource): Promise<string[]> {
  const { source, target, resourceId, actor } = request;
  const rows = await session.rows<{ id: string; state: State; deploymentId: string }>(OVERTAKEN, [
    source,
    target,
    resourceId,
    statesAllowing('release'),
  ]);
  const updates = rows.map(({ id, state, deploymentId }) => ({
    id,
    attempt: null,
    from: state,
    event: 'release' as const,
    to: next(state, 'release') as State,
    actor,
    reason: 'deployment-gone' as const,
    note: `transferred to ${target}, which had received the end of the deployment before`,
    progressText: `released: installation ${target} had received the end of deployment ${deploymentId}`,
  }));
  if (updates.length > 0) await applyUpdates(session, updates);
  return rows.map(({ id }) => id);
}

const OVERTAKEN = statement(`
  SELECT a.id, a.state, a.deployment_id AS "deploymentId"
  FROM action a
  JOIN action theirs ON theirs.installation_id = $2
    AND theirs.deployment_id = a.deployment_id
    AND theirs.resource_id = a.resource_id
    AND theirs.action = a.action
  WHERE a.installation_id = $1 AND a.resource_id = $3 AND a.state = ANY($4::text[])
    AND theirs.state IN ('canceling', 'canceled', 'releasing', 'released')
  ORDER BY a.id FOR UPDATE OF a`);
