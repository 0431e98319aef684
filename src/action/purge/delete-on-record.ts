import { statement, type Session } from '../../database/sql.js';
import type { PurgeSubject } from '../entities/purge-run.entity.js';

export type Deleted = Record<PurgeSubject | 'transitions' | 'calls', number>;
export const NOTHING: Deleted = { deliveries: 0, actions: 0, transitions: 0, calls: 0 };

interface PurgedBatch {
  subject: PurgeSubject;
  /** Rows younger than this stay; a time as the database writes it. */
  until: string;
  /** The id of the `PurgeRun` that counts; null for a new one. */
  run: string | null;
}

interface Run {
  id: string;
}

/** Deletes rows of a subject and adds their number to the run's record. Requires a transaction. */
export async function deleteOnRecord(
  session: Session,
  { subject, until, run }: PurgedBatch,
  ids: string[],
): Promise<{ run: string; deleted: Deleted }> {
  const opening = run === null ? session.rows<Run>(OPEN, [subject, until]) : session.rows<Run>(REOPEN, [run]);
  const [opened] = await opening;
  if (opened === undefined) throw new Error(`purge: run ${run} is not on record`);
  await session.rows(ANNOUNCE, [opened.id]);
  const deleted = await deleteAll(session, subject, ids);
  const { deliveries, actions, transitions, calls } = deleted;
  await session.rows(COUNT, [opened.id, deliveries, actions, transitions, calls]);
  return { run: opened.id, deleted };
}

async function deleteAll(session: Session, subject: PurgeSubject, ids: string[]): Promise<Deleted> {
  if (subject === 'deliveries')
    return { ...NOTHING, deliveries: await countOf(session, DELETE_DELIVERIES, ids) };
  const calls = await countOf(session, DELETE_CALLS, ids);
  const transitions = await countOf(session, DELETE_TRANSITIONS, ids);
  return { ...NOTHING, calls, transitions, actions: await countOf(session, DELETE_ACTIONS, ids) };
}

async function countOf(
  session: Session,
  deletion: ReturnType<typeof statement>,
  ids: string[],
): Promise<number> {
  const [row] = await session.rows<{ count: number }>(deletion, [ids]);
  return row?.count ?? 0;
}

const OPEN = statement(
  'INSERT INTO retention_run (subject, until) VALUES ($1, $2::timestamptz) RETURNING id',
);
const REOPEN = statement(
  'UPDATE retention_run SET updated_at = clock_timestamp() WHERE id = $1 RETURNING id',
);
/** Triggers allow a deletion only for a run that this transaction has on record. */
const ANNOUNCE = statement(`SELECT set_config('drawbridge.retention_run', $1::bigint::text, true)`);

const counted = (deletion: string) =>
  statement(`WITH gone AS (${deletion} RETURNING 1) SELECT count(*)::int AS count FROM gone`);
const DELETE_DELIVERIES = counted('DELETE FROM delivery WHERE id = ANY($1::uuid[])');
const DELETE_CALLS = counted('DELETE FROM vercel_call WHERE action_id = ANY($1::uuid[])');
const DELETE_TRANSITIONS = counted('DELETE FROM transition WHERE action_id = ANY($1::uuid[])');
const DELETE_ACTIONS = counted('DELETE FROM action WHERE id = ANY($1::uuid[])');

const COUNT = statement(`
  UPDATE retention_run SET
    deliveries = deliveries + $2, actions = actions + $3, transitions = transitions + $4, calls = calls + $5,
    updated_at = clock_timestamp()
  WHERE id = $1`);
