import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { createDataSource } from './data-source.js';
import { SQLSTATE, sqlState } from '../../errors/database-error.js';
import { logEvent } from '../../log/log.js';
import { revokePublicRights } from './public-rights.js';
import { migrationLock } from './migration-lock.js';
import { createQueue, startQueue } from '../queue/queue.js';

/**
 * Milliseconds that a migration waits for a table. Statements that come later queue behind it: a migration
 * behind a backup of several minutes would stop the intake. After this time it lets them pass and tries
 * again.
 */
const LOCK_WAIT_MS = 2_000;
const RETRY_AFTER_MS = 1_000;
const TRIES = 200;

/**
 * Migrates Drawbridge's tables, then the queue's. Several processes may call this at once: one migrates, the
 * others wait.
 *
 * @returns the names of the migrations that were applied
 */
export async function migrate(url: string): Promise<string[]> {
  const database = await createDataSource(url, { name: 'migrate', max: 3 }).initialize();
  const session = database.createQueryRunner();
  const lock = await migrationLock(database);
  try {
    await revokePublicRights(session);
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

/** Sets the lock timeout by a statement: a pooler might refuse it as a setting of the connection. */
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
      await sleep(RETRY_AFTER_MS);
    }
  }
}

/** Returns the names of the applied migrations, oldest first. */
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
