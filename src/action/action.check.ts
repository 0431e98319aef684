import type { JobSubject } from '../database/queue.js';
import { statement, type Session } from '../database/sql.js';

/** A success of which it is time to ask whether its deployment is still there. */
export interface DueCheck extends JobSubject {
  id: string;
  deploymentId: string;
}

/** Those that have waited longest, first. */
export function dueChecks(session: Session, limit: number): Promise<DueCheck[]> {
  return session.rows(DUE, [limit]);
}

/** Puts the next question about these off; what is no success any more is left alone. */
export async function postponeChecks(
  session: Session,
  ids: readonly string[],
  seconds: number,
): Promise<void> {
  await session.rows(POSTPONE, [ids, seconds]);
}

const DUE = statement(`
  SELECT id, installation_id AS "installationId", resource_id AS "resourceId", deployment_id AS "deploymentId"
  FROM action WHERE state = 'succeeded' AND check_at <= now()
  ORDER BY check_at LIMIT $1`);

const POSTPONE = statement(`
  UPDATE action a SET check_at = clock_timestamp() + $2::float8 * interval '1 second'
  FROM (
    SELECT id FROM action WHERE id = ANY($1::uuid[]) AND state = 'succeeded' ORDER BY id FOR UPDATE
  ) due
  WHERE a.id = due.id`);
