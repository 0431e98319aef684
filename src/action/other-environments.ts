import { statement, type Session } from '../database/sql.js';
import { logEvent } from '../log/log.js';
import { eventsElsewhere } from '../metrics/definitions/intake.js';
import type { ReceivedWebhook } from './intake.js';

interface Elsewhere {
  n: number;
  ownerId: string;
}

/**
 * Notes each cancel and cleanup that found no action of its installation, while exactly one other installation has one of the same
 * deployment, resource and slug. Nothing is done with that action: ids of resources are the provider's own, and only an admin knows
 * whether a resource moved.
 */
export async function noteElsewhere(session: Session, made: readonly ReceivedWebhook[]): Promise<void> {
  const ends = made.flatMap(({ operation, type }) =>
    operation === null || operation.event === 'start' ? [] : [{ ...operation, type }],
  );
  if (ends.length === 0) return;
  const rows = await session.rows<Elsewhere>(ELSEWHERE, [
    JSON.stringify(ends.map((end, n) => ({ n, ...end }))),
  ]);
  for (const { n, ownerId } of rows) {
    const { event, installationId, resourceId, deploymentId, action, type } = ends[
      n
    ] as (typeof ends)[number];
    eventsElsewhere.inc({ type: event });
    logEvent('event-elsewhere', { installationId, resourceId, deploymentId, action, ownerId, type });
  }
}

const ELSEWHERE = statement(`
  SELECT w.n, min(a.installation_id) AS "ownerId"
  FROM json_to_recordset($1::json) AS w (
    n int, "installationId" text, "deploymentId" text, "resourceId" text, action text)
  JOIN action a ON a.deployment_id = w."deploymentId" AND a.resource_id = w."resourceId" AND a.action = w.action
    AND a.installation_id <> w."installationId"
  GROUP BY w.n HAVING count(*) = 1`);
