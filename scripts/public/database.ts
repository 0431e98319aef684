import { loadPackage, type Loaded } from './built.ts';
import { toPlain, type Plain } from './plain.ts';

const COLUMNS = `
  SELECT table_name AS "table", column_name AS "column", data_type, is_nullable, column_default
  FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'`;
const CONSTRAINTS = `
  SELECT conrelid::regclass::text AS "table", conname AS name, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'`;
const INDEXES = `
  SELECT tablename, indexname AS name, indexdef FROM pg_indexes WHERE schemaname = 'public'`;
const ROUTINES = `
  SELECT proname AS name, pg_get_function_result(oid) AS result
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace`;
const RIGHTS = `
  SELECT acl::text AS name FROM pg_database, unnest(datacl) acl WHERE datname = current_database()`;
const ROLES = `
  SELECT rolname AS name, rolsuper, rolcreaterole, rolcreatedb, rolreplication
  FROM pg_roles WHERE rolname !~ '^pg_'`;
const SESSIONS = `
  SELECT DISTINCT application_name AS name, usename FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

/** Tables, constraints, rights on the database, roles, and the names of the server's sessions. */
export async function databaseOf(root: string, url: string): Promise<Plain> {
  const client: Loaded = new (loadPackage(root, 'pg').Client)({ connectionString: url });
  await client.connect();
  try {
    const rows = async (query: string): Promise<Loaded[]> => (await client.query(query)).rows;
    const keyed = async (query: string, ...keys: string[]): Promise<unknown> =>
      Object.fromEntries((await rows(query)).map((row) => [keys.map((key) => row[key]).join('.'), row]));
    return toPlain({
      columns: await keyed(COLUMNS, 'table', 'column'),
      constraints: await keyed(CONSTRAINTS, 'table', 'name'),
      indexes: await keyed(INDEXES, 'name'),
      routines: await keyed(ROUTINES, 'name'),
      rights: await keyed(RIGHTS, 'name'),
      roles: await keyed(ROLES, 'name'),
      sessions: await keyed(SESSIONS, 'name'),
    });
  } finally {
    await client.end();
  }
}
