import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { createDataSource } from './data-source.js';
import { SQLSTATE, sqlState } from '../../errors/database-error.js';
import { logEvent } from '../../log/log.js';
import { closeToPublic } from './closing-to-public.js';
import { migrationLock } from './migration-lock.js';
import { createQueue, startQueue } from '../queue/queue.js';

/**
 * Who waits for a table holds up whoever comes after: behind a backup that reads for minutes, a migration
 * would stop the intake. So it steps back, lets them pass and comes again.
 */
const LOCK_WAIT_MS = 2_000;
const STEP_BACK_MS = 1_000;
const TRIES = 200;

/**
 * Brings the database up to date: our tables, then the queue's. Safe in several processes at once; the rest
 * wait.
 */
export async function migrate(url: string): Promise<string[]> {
  const database = await createDataSource(url, { name: 'migrate', max: 3 }).initialize();
  const session = database.createQueryRunner();
  const lock = await migrationLock(database);
  try {
    await closeToPublic(session);
    const before = await applied(session);
    await runPatiently(database, session);
    const boss = createQueue(url, { supervise: false, max: 2 });
    await startQueue(boss);
    await boss.stop({ graceful: false });
    return (await applied(session)).filter((name) => !before.includes(name));
  } finally {
    await lock.release();
    await session.release();
    await database.destroy();
  }
}

/** In the session itself: as a setting of the connection a pooler might refuse it. */
async function runPatiently(database: DataSource, session: QueryRunner): Promise<void> {
  const executor = new MigrationExecutor(database, session);
  executor.transaction = 'each';
  await session.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
  for (let attempt = 1; ; attempt++) {
    try {
      await executor.executePendingMigrations();
      return;
    } catch (error) {
      if (attempt >= TRIES || sqlState(error) !== SQLSTATE.lockNotAvailable) throw error;
      if (attempt === 1) logEvent('migration-waits', {});
      await sleep(STEP_BACK_MS);
    }
  }
}

/** Names, oldest first; none before the first migration of all. */
async function applied(session: QueryRunner): Promise<string[]> {
  const [{ there } = { there: null }] = (await session.query(
    `SELECT to_regclass('drawbridge_migration') AS there`,
  )) as { there: string | null }[];
  if (there === null) return [];
  const rows = (await session.query('SELECT name FROM drawbridge_migration ORDER BY id')) as {
    name: string;
  }[];
  return rows.map(({ name }) => name);
}
