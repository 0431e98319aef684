import type { DataSource } from 'typeorm';
import { SQLSTATE, sqlState } from '../errors/database-error.js';

/**
 * Returns the names of this version's migrations that the database lacks. TypeORM's `showMigrations` would
 * create its table and keep a connection after a failure, which a probe must not do.
 */
export async function pendingMigrations(database: DataSource): Promise<string[]> {
  const applied = new Set(await appliedMigrations(database));
  return ownMigrations(database).filter((name) => !applied.has(name));
}

/** Returns the names of applied migrations that this version does not know: a newer version ran before. */
export async function unknownMigrations(database: DataSource): Promise<string[]> {
  const ours = new Set(ownMigrations(database));
  return (await appliedMigrations(database)).filter((name) => !ours.has(name));
}

const ownMigrations = ({ migrations }: DataSource): string[] =>
  migrations.map((migration) => migration.name ?? migration.constructor.name);

async function appliedMigrations(database: DataSource): Promise<string[]> {
  const table = database.driver.escape(database.options.migrationsTableName ?? 'migrations');
  try {
    const rows: { name: string }[] = await database.query(`SELECT name FROM ${table}`);
    return rows.map((row) => row.name);
  } catch (error) {
    if (sqlState(error) === SQLSTATE.undefinedTable) return [];
    throw error;
  }
}
