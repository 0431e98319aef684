import type { DataSource } from 'typeorm';
import { SQLSTATE, sqlState } from '../errors/database-error.js';

/**
 * The names of the migrations that this version brings and the database has not seen. TypeORM's own `showMigrations` creates
 * its table when it is missing and keeps a connection when it fails; a probe must do neither.
 */
export async function pendingMigrations(database: DataSource): Promise<string[]> {
  const applied = new Set(await appliedMigrations(database));
  return ownMigrations(database).filter((name) => !applied.has(name));
}

/** The names of the migrations that the database has seen and this version does not know: a newer one was there. */
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
