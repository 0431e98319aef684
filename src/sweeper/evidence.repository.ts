import { Inject, Injectable } from '@nestjs/common';
import { selectList } from '../database/columns.js';
import { Sql, statement, type Session } from '../database/sql.js';
import { DeploymentDoubt } from '../installation/deployment-doubt.entity.js';
import { DeploymentCheck } from './deployment-check.entity.js';
import type { DoubtReason } from '../state-machine/doubt-reasons.js';
import type { Doubt, Evidence } from './judgement.js';

export interface EvidenceAnswer {
  installationId: string;
  deploymentId: string;
  projectId: string | null;
  found: boolean;
}

/** Stored evidence. The caller adds Vercel's answers of the present sweep. */
export type KnownEvidence = Omit<Evidence, 'found' | 'deleted'>;

/** An installation in doubt. */
export interface OpenDoubt extends Doubt {
  installationId: string;
  /** Set once an operator confirmed that its deployments are gone. */
  confirmedBy: `operator:${string}` | null;
  confirmation: string | null;
  confirmedAt: string | null;
}

/** Stores Vercel's answers about deployments over sweeps and restarts. */
@Injectable()
export class EvidenceRepository {
  constructor(@Inject(Sql) private readonly sql: Session) {}

  /** The database's time. */
  async now(): Promise<string> {
    const [row] = await this.sql.rows<{ now: string }>(NOW, []);
    if (row === undefined) throw new Error('sweeper: the query for the time returned no row');
    return row.now;
  }

  async note({ installationId, deploymentId, projectId, found }: EvidenceAnswer): Promise<void> {
    await this.sql.rows(NOTE, [installationId, deploymentId, projectId, found]);
  }

  evidence(installationId: string): Promise<KnownEvidence[]> {
    return this.sql.rows(EVIDENCE, [installationId]);
  }

  async released(installationId: string, deploymentIds: readonly string[]): Promise<void> {
    await this.sql.rows(RELEASED, [installationId, deploymentIds]);
  }

  /** The doubts of these installations. */
  doubts(installationIds: readonly string[]): Promise<OpenDoubt[]> {
    return this.sql.rows(DOUBTS, [installationIds]);
  }

  /**
   * Stores a doubt.
   *
   * @param judgedAt when the evidence was read: a confirmation covers what was missing then
   * @param carriedOut the time of a confirmation that has been carried out completely: the confirmation ends
   * @returns true when the installation was not in doubt for this reason before
   */
  async doubt(
    installationId: string,
    { reason, gone, found }: Doubt,
    judgedAt: string,
    carriedOut: string | null,
  ): Promise<boolean> {
    const values = [installationId, reason, gone, found, judgedAt, carriedOut];
    const rows = await this.sql.rows<{ former: DoubtReason | null }>(DOUBT, values);
    return rows.some(({ former }) => former !== reason);
  }

  /**
   * Ends the doubt.
   *
   * @returns the reason of the doubt at the time when the evidence was read; null without one
   */
  async believe(installationId: string, judgedAt: string): Promise<DoubtReason | null> {
    const [row] = await this.sql.rows<{ reason: DoubtReason }>(BELIEVE, [installationId, judgedAt]);
    return row?.reason ?? null;
  }

  /** Ends the doubts of installations that have no action which could be released. */
  endIdle(): Promise<{ installationId: string; reason: DoubtReason }[]> {
    return this.sql.rows(END_IDLE, []);
  }

  /** Deletes answers about deployments that are no longer checked. */
  async prune(): Promise<void> {
    await this.sql.rows(PRUNE, []);
  }
}

const NOW = statement('SELECT clock_timestamp()::text AS now');

const NOTE = statement(`
  INSERT INTO deployment_check AS c (
    installation_id, deployment_id, project_id, asked_at, found_at, gone_since, gone_times)
  VALUES ($1, $2, $3, clock_timestamp(),
    CASE WHEN $4::boolean THEN clock_timestamp() END,
    CASE WHEN NOT $4::boolean THEN clock_timestamp() END,
    CASE WHEN $4::boolean THEN 0 ELSE 1 END)
  ON CONFLICT (installation_id, deployment_id) DO UPDATE SET
    project_id = coalesce(excluded.project_id, c.project_id),
    asked_at = excluded.asked_at,
    found_at = coalesce(excluded.found_at, c.found_at),
    released_at = NULL,
    gone_since = CASE WHEN excluded.gone_since IS NOT NULL
      THEN coalesce(c.gone_since, excluded.gone_since) END,
    gone_times = CASE WHEN excluded.gone_since IS NOT NULL THEN c.gone_times + 1 ELSE 0 END`);

const EVIDENCE = statement(`
  SELECT ${selectList(DeploymentCheck, 'c', ['deploymentId', 'projectId', 'goneTimes'])},
    c.gone_since IS NOT NULL AS gone,
    coalesce(extract(epoch FROM clock_timestamp() - c.gone_since) * 1000, 0)::float8 AS "goneMs",
    coalesce(c.gone_since <= d.judged_at AND c.asked_at > d.confirmed_at, false) AS confirmed,
    coalesce(c.gone_since <= d.judged_at AND c.asked_at <= d.confirmed_at, false) AS unasked,
    c.released_at IS NOT NULL AS released
  FROM deployment_check c LEFT JOIN deployment_doubt d USING (installation_id)
  WHERE c.installation_id = $1 AND (
    c.released_at > now() - interval '48 hours'
    OR EXISTS (
      SELECT FROM action a
      WHERE a.installation_id = $1 AND a.deployment_id = c.deployment_id AND a.state = 'succeeded'))`);

const RELEASED = statement(`
  UPDATE deployment_check SET released_at = clock_timestamp()
  WHERE installation_id = $1 AND deployment_id = ANY($2::text[])`);

/** The columns of an `OpenDoubt`, except the time, which keeps its microseconds as text. */
const OPEN_DOUBT = ['installationId', 'reason', 'gone', 'found', 'confirmedBy', 'confirmation'] as const;

const DOUBTS = statement(`
  SELECT ${selectList(DeploymentDoubt, 'd', OPEN_DOUBT)}, d.confirmed_at::text AS "confirmedAt"
  FROM deployment_doubt d WHERE d.installation_id = ANY($1::text[])`);

/** A confirmation that has not been carried out, also one that was given after the evidence was read. */
const CONFIRMED = '(d.confirmed_at IS NOT NULL AND d.confirmed_at IS DISTINCT FROM $6::timestamptz)';

const DOUBT = statement(`
  WITH former AS (SELECT reason FROM deployment_doubt WHERE installation_id = $1)
  INSERT INTO deployment_doubt AS d (installation_id, reason, gone, found, judged_at)
  SELECT id, $2, $3, $4, $5::timestamptz FROM installation WHERE id = $1 AND removed_at IS NULL
  ON CONFLICT (installation_id) DO UPDATE SET
    reason = CASE WHEN d.since > excluded.judged_at THEN d.reason ELSE excluded.reason END,
    gone = excluded.gone,
    found = excluded.found,
    judged_at = CASE WHEN ${CONFIRMED} THEN d.judged_at ELSE excluded.judged_at END,
    confirmed_at = CASE WHEN ${CONFIRMED} THEN d.confirmed_at END,
    confirmed_by = CASE WHEN ${CONFIRMED} THEN d.confirmed_by END,
    confirmation = CASE WHEN ${CONFIRMED} THEN d.confirmation END
  RETURNING (SELECT reason FROM former) AS former`);

const BELIEVE = statement(`
  DELETE FROM deployment_doubt WHERE installation_id = $1 AND since <= $2::timestamptz RETURNING reason`);

const END_IDLE = statement(`
  DELETE FROM deployment_doubt d WHERE NOT EXISTS (
    SELECT FROM action a WHERE a.installation_id = d.installation_id
      AND a.state IN ('queued', 'provisioning', 'reporting', 'succeeded'))
  RETURNING installation_id AS "installationId", reason`);

const PRUNE = statement(`DELETE FROM deployment_check WHERE asked_at < now() - interval '3 days'`);
