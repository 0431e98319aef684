import { Injectable } from '@nestjs/common';
import { retrying } from '../../database/group-commit.js';
import type { JobSubject } from '../../database/queue/queue.js';
import { Sql, statement } from '../../database/sql.js';
import { CHECK_AFTER_SECONDS } from '../time-limits.js';

/** A success whose deployment is due for a check. */
export interface DueCheck extends JobSubject {
  id: string;
  action: string;
  deploymentId: string;
  projectId: string | null;
  /** Milliseconds since it succeeded. */
  ageMs: number;
}

/** Successes of a slug that Vercel is asked about `afterMs` after the success, before the daily check. */
export interface EarlyCheck {
  action: string;
  afterMs: number;
}

/** Schedules the deployment checks of successes. */
@Injectable()
export class DeploymentCheckSchedule {
  constructor(private readonly sql: Sql) {}

  /**
   * The successes that waited longest, and a few of each installation in doubt without a check for an hour.
   */
  async dueChecks(limit: number, early: readonly EarlyCheck[]): Promise<DueCheck[]> {
    const due = await this.sql.rows<DueCheck>(DUE, [limit]);
    for (const { installationId } of await this.sql.rows<{ installationId: string }>(PROBE, []))
      due.push(...(await this.sql.rows<DueCheck>(PROBES, [installationId])));
    for (const { action, afterMs } of early)
      due.push(...(await this.sql.rows<DueCheck>(EARLY, [limit, action, afterMs, due.map(({ id }) => id)])));
    return [...new Map(due.map((one) => [one.id, one])).values()];
  }

  /** The other successes of an installation, due or not, most recently found first. */
  neighbours(installationId: string, asked: readonly string[], limit: number): Promise<DueCheck[]> {
    return this.sql.rows(NEIGHBOURS, [installationId, asked, limit]);
  }

  /** Postpones the next check of these successes by `seconds`. */
  async postponeChecks(ids: readonly string[], seconds: number): Promise<void> {
    await retrying(() => this.sql.rows(POSTPONE, [ids, seconds]));
  }
}

const COLUMNS = `a.id, a.action, a.installation_id AS "installationId", a.resource_id AS "resourceId",
  a.deployment_id AS "deploymentId", a.project_id AS "projectId",
  (extract(epoch FROM now() - a.succeeded_at) * 1000)::float8 AS "ageMs"`;

const DUE = statement(`
  SELECT ${COLUMNS} FROM action a WHERE a.state = 'succeeded' AND a.check_at <= now()
  ORDER BY a.check_at LIMIT $1`);

// Within the first day, and only before the first check: afterwards the daily check finds them.
const EARLY = statement(`
  SELECT ${COLUMNS} FROM action a
  WHERE a.state = 'succeeded' AND a.action = $2 AND a.id <> ALL($4::uuid[])
    AND a.succeeded_at > now() - interval '26 hours'
    AND a.succeeded_at <= now() - $3::float8 * interval '1 millisecond'
    AND a.check_at <= a.succeeded_at + interval '${CHECK_AFTER_SECONDS + 1} seconds'
    AND a.check_at > now() + interval '1 hour'
    AND NOT EXISTS (
      SELECT FROM deployment_check c WHERE c.installation_id = a.installation_id
        AND c.deployment_id = a.deployment_id AND c.asked_at >= a.succeeded_at)
  ORDER BY a.succeeded_at LIMIT $1`);

const NEIGHBOURS = statement(`
  SELECT ${COLUMNS} FROM action a
  LEFT JOIN deployment_check c ON c.installation_id = a.installation_id AND c.deployment_id = a.deployment_id
  WHERE a.state = 'succeeded' AND a.installation_id = $1 AND a.deployment_id <> ALL($2::text[])
  ORDER BY c.found_at DESC NULLS LAST, a.id LIMIT $3`);

const POSTPONE = statement(`
  UPDATE action a SET check_at = clock_timestamp() + $2::float8 * interval '1 second'
  FROM (
    SELECT id FROM action WHERE id = ANY($1::uuid[]) AND state = 'succeeded' ORDER BY id FOR UPDATE
  ) due
  WHERE a.id = due.id`);

// Rotates, so that one missing deployment does not decide for all.
const PROBES = statement(`
  SELECT ${COLUMNS} FROM action a
  LEFT JOIN deployment_check c ON c.installation_id = a.installation_id AND c.deployment_id = a.deployment_id
  WHERE a.state = 'succeeded' AND a.installation_id = $1
  ORDER BY c.asked_at NULLS FIRST, a.id LIMIT 5`);

// The first check is due at once after a doubt arose, a token was stored or an operator confirmed.
const PROBE = statement(`
  UPDATE deployment_doubt SET asked_at = clock_timestamp()
  WHERE installation_id IN (
    SELECT installation_id FROM deployment_doubt
    WHERE asked_at IS NULL OR asked_at < now() - interval '1 hour'
    ORDER BY asked_at NULLS FIRST LIMIT 50 FOR UPDATE)
  RETURNING installation_id AS "installationId"`);
