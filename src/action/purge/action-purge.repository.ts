import { Injectable } from '@nestjs/common';
import { retrying } from '../../database/group-commit.js';
import { Sql, statement, type Session } from '../../database/sql.js';
import type { PurgeSubject } from '../entities/purge-run.entity.js';
import { deleteOnRecord, NOTHING, type Deleted } from './delete-on-record.js';

/** One batch of a purge; `until`, `after` and `run` come from the batch before. */
export interface PurgeBatch {
  subject: PurgeSubject;
  /** Rows younger than this stay; a time as the database writes it. */
  until: string;
  after: PurgePosition;
  /** The id of the `PurgeRun` that counts; null until something was deleted. */
  run: string | null;
}

/** A row's time and id. */
export interface PurgePosition {
  at: string;
  id: string;
}

export interface PurgeResult {
  run: string | null;
  /** Where the next batch begins; null after the last batch. */
  after: PurgePosition | null;
  /** Rows of the subject that were deleted. */
  cleared: number;
  /** Rows that were deleted, by kind. */
  deleted: Deleted;
}

export const BEGINNING: PurgePosition = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' };
const BATCH = 500;

/** Deletes old rows in small transactions; each transaction holds the deletion and its record. */
@Injectable()
export class ActionPurge {
  constructor(private readonly sql: Sql) {}

  /** The database's time, `keepMs` ago, as the database writes it. */
  async timeBefore(keepMs: number): Promise<string> {
    const [row] = await this.sql.rows<{ until: string }>(UNTIL, [keepMs]);
    if (row === undefined) throw new Error('purge: the database returned no time');
    return row.until;
  }

  /** Deletes one batch, without locked rows and rows of actions that are unfinished or hold an allocation. */
  purge(batch: PurgeBatch): Promise<PurgeResult> {
    return retrying(() => this.sql.transaction((transaction) => purgeSome(transaction, batch)));
  }
}

async function purgeSome(session: Session, batch: PurgeBatch): Promise<PurgeResult> {
  const { subject, until, after } = batch;
  const candidates = subject === 'actions' ? OLD_ACTIONS : OLD_DELIVERIES;
  const rows = await session.rows<Candidate>(candidates, [until, after.at, after.id, BATCH]);
  const last = rows.at(-1);
  const ids = rows.filter(({ free }) => free).map(({ id }) => id);
  const none = { run: batch.run, deleted: NOTHING };
  const { run, deleted } = ids.length === 0 ? none : await deleteOnRecord(session, batch, ids);
  return {
    run,
    deleted,
    after: last && rows.length === BATCH ? { at: last.at, id: last.id } : null,
    cleared: ids.length,
  };
}

interface Candidate {
  id: string;
  at: string;
  free: boolean;
}

const UNTIL = statement(`SELECT (now() - $1::bigint * interval '1 millisecond')::text AS until`);

const FINISHED = `a.state IN ('failed', 'canceled', 'released') AND a.hold IS NULL`;

const OLD_ACTIONS = statement(`
  SELECT a.id, a.updated_at::text AS at, NOT EXISTS (
    SELECT FROM allocation l WHERE l.id = a.allocation_id AND l.state <> 'closed') AS free
  FROM action a
  WHERE ${FINISHED} AND a.updated_at < $1::timestamptz AND (a.updated_at, a.id) > ($2::timestamptz, $3::uuid)
  ORDER BY a.updated_at, a.id LIMIT $4 FOR UPDATE OF a SKIP LOCKED`);

/** Not the deliveries of an unfinished action: operators read them with the action. */
const OLD_DELIVERIES = statement(`
  SELECT d.id, d.received_at::text AS at, d.last_received_at < $1::timestamptz AND NOT EXISTS (
    SELECT FROM action a LEFT JOIN allocation l ON l.id = a.allocation_id
    WHERE a.installation_id = d.installation_id AND a.deployment_id = d.deployment_id
      AND a.resource_id = d.resource_id AND a.action = d.action
      AND NOT (${FINISHED} AND coalesce(l.state, 'closed') = 'closed')) AS free
  FROM delivery d
  WHERE d.received_at < $1::timestamptz AND (d.received_at, d.id) > ($2::timestamptz, $3::uuid)
  ORDER BY d.received_at, d.id LIMIT $4 FOR UPDATE OF d SKIP LOCKED`);
