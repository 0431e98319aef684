import type { AdminSession } from './session.js';

/** The role of the admin url, and the server it is on. */
export interface Admin {
  readonly name: string;
  /** `server_version_num`: 180001 is 18.1. */
  readonly version: number;
  /** The database of the admin url: it can never be a template, because this plugin itself is connected to it. */
  readonly database: string;
  readonly superuser: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  /** Whether it has the rights of the roles it is a member of; from PostgreSQL 16 on that is said with each membership. */
  readonly inherits: boolean;
}

export async function readAdmin(session: AdminSession): Promise<Admin> {
  const [admin] = await session.run<Admin & { [column: string]: unknown }>(`
    select rolname as name, pg_catalog.current_setting('server_version_num')::int as version,
           pg_catalog.current_database() as database, rolsuper as superuser, rolcreatedb as createdb,
           rolcreaterole as createrole, rolinherit as inherits
      from pg_catalog.pg_roles where rolname = current_user`);
  if (!admin) throw new Error('postgres-branch: the server does not know the role of the admin url');
  return admin;
}
