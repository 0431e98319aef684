import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { SQLSTATE, sqlState } from '../../errors/database-error.js';

/** Ends with its connection when the process is killed. */
export interface MigrationLock {
  release(): Promise<void>;
}

/** Two that create the table at once: the second sees a table or a type of that name. */
const EXISTS: readonly string[] = [SQLSTATE.duplicateTable, SQLSTATE.uniqueViolation];

/**
 * Waits until no other process migrates this database. It locks the table of migrations in a mode that
 * conflicts with itself alone, which takes a right to write that table: an advisory lock could be held by
 * every role that may connect.
 */
export async function migrationLock(database: DataSource): Promise<MigrationLock> {
  const session = database.createQueryRunner();
  const release = async (): Promise<void> => {
    if (session.isTransactionActive) await session.rollbackTransaction();
    await session.release();
  };
  try {
    await createTable(database, session);
    await session.startTransaction('READ COMMITTED');
    // It is idle for as long as the migrations take.
    await session.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await session.query('SET LOCAL lock_timeout = 0');
    await session.query(`LOCK TABLE ${tableOf(database)} IN SHARE UPDATE EXCLUSIVE MODE`);
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
}

const tableOf = ({ driver, options }: DataSource): string =>
  driver.escape(options.migrationsTableName ?? 'migrations');

/**
 * By TypeORM itself, so that there is one definition of it: whatever it answers of migrations is not of
 * interest here.
 */
async function createTable(database: DataSource, session: QueryRunner): Promise<void> {
  try {
    await new MigrationExecutor(database, session).showMigrations();
  } catch (error) {
    if (!EXISTS.includes(sqlState(error))) throw error;
  }
}
