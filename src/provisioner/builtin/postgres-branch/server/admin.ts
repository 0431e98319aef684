import type { AdminSession } from './session.js';

/** The role of the admin URL, and its server. */
export interface Admin {
  readonly name: string;
  /** `server_version_num`: 180001 is 18.1. */
  readonly version: number;
  /** The database of the admin URL. It cannot be a template, because this plugin is connected to it. */
  readonly database: string;
  readonly superuser: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  /**
   * True when it inherits the privileges of its roles. Since PostgreSQL 16 each membership has a setting of
   * its own.
   */
  readonly inherits: boolean;
}

export async function readAdmin(session: AdminSession): Promise<Admin> {
  const [admin] = await session.run<Admin & { [column: string]: unknown }>(`
    select rolname as name, pg_catalog.current_setting('server_version_num')::int as version,
           pg_catalog.current_database() as database, rolsuper as superuser, rolcreatedb as createdb,
           rolcreaterole as createrole, rolinherit as inherits
      from pg_catalog.pg_roles where rolname = current_user`);
  if (!admin) throw new Error('postgres-branch: the server returned no role of the admin url');
  return admin;
}
