import type { DataSource } from 'typeorm';
import { QUEUE, SWEEP_QUEUE } from '../../../database/queue/queue.js';
import { pendingMigrations, unknownMigrations } from '../../../health/pending-migrations.js';
import { failed, ok, type Check } from '../check.js';

/** Checks whether the tables match this version. */
export async function checkSchema(database: DataSource): Promise<Check[]> {
  const about = { name: 'migrations' };
  const [pending, unknown] = [await pendingMigrations(database), await unknownMigrations(database)];
  const found = [
    ...(pending.length === 0
      ? []
      : [failed(about, `the database lacks ${pending.join(', ')}`, 'run npm run migrate')]),
    ...(unknown.length === 0
      ? []
      : [
          failed(
            about,
            `a newer version has migrated the database: ${unknown.join(', ')}`,
            'run the newer version',
          ),
        ]),
  ];
  return found.length > 0 ? found : [ok(about, 'the database is up to date')];
}

const ADVICE = 'run npm run migrate, which creates what is missing';

/** Checks the tables of pg-boss and the queues in them. */
export async function checkQueue(database: DataSource): Promise<Check[]> {
  const about = { name: 'queue' };
  const [there]: { there: boolean }[] = await database.query(
    `SELECT to_regclass('pgboss.queue') IS NOT NULL AND to_regclass('pgboss.job') IS NOT NULL AS there`,
  );
  if (there?.there !== true) return [failed(about, 'the schema pgboss of the queue does not exist', ADVICE)];
  const rows: { name: string }[] = await database.query('SELECT name FROM pgboss.queue');
  const missing = [QUEUE, SWEEP_QUEUE].filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0) return [failed(about, `the queue ${missing.join(', ')} does not exist`, ADVICE)];
  return [ok(about, 'the queues exist')];
}
