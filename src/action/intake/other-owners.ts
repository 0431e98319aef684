import { statement, type Session } from '../../database/sql.js';
import type { ReceivedWebhook } from './received-webhook.js';

/**
 * Finds, for each cancel and cleanup that made its action, the one other installation that has an action of
 * the same deployment, resource and slug.
 *
 * @returns that installation's id, by the delivery's id
 */
export async function findOwnersElsewhere(
  session: Session,
  made: readonly ReceivedWebhook[],
): Promise<ReadonlyMap<string, string>> {
  const ends = made.flatMap(({ id, operation }) =>
    operation === null || operation.event === 'start' ? [] : [{ ...operation, id }],
  );
  if (ends.length === 0) return new Map();
  const rows = await session.rows<{ id: string; ownerId: string }>(ELSEWHERE, [JSON.stringify(ends)]);
  return new Map(rows.map(({ id, ownerId }) => [id, ownerId]));
}

const ELSEWHERE = statement(`
  SELECT w.id, min(a.installation_id) AS "ownerId"
  FROM json_to_recordset($1::json) AS w (
    id uuid, "installationId" text, "deploymentId" text, "resourceId" text, action text)
  JOIN action a ON a.deployment_id = w."deploymentId"
    AND a.resource_id = w."resourceId"
    AND a.action = w.action
    AND a.installation_id <> w."installationId"
  GROUP BY w.id HAVING count(*) = 1`);
