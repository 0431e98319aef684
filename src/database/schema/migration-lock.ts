import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { SQLSTATE, sqlState } from '../../errors/database-error.js';

/** A lock that ends with its connection, also when the process is killed. */
export interface MigrationLock {
  release(): Promise<void>;
}

/** Errors of the second of two processes that create the table at once. */
const EXISTS: readonly string[] = [
  SQLSTATE.duplicateTable,
  SQLSTATE.duplicateObject, // the type of the table's rows
  SQLSTATE.uniqueViolation,
];

/**
 * Waits until no other process migrates this database. Locks the table of migrations in a mode that conflicts
 * only with itself and requires the right to write that table. Every role that may connect could hold an
 * advisory lock.
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
    // This transaction is idle while the migrations run.
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

/** Lets TypeORM create the table of migrations, so that its definition exists once. Ignores the answer. */
async function createTable(database: DataSource, session: QueryRunner): Promise<void> {
  try {
    await new MigrationExecutor(database, session).showMigrations();
  } catch (error) {
    if (!EXISTS.includes(sqlState(error))) throw error;
  }
}
