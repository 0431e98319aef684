import type { AdminSession } from './server/session.js';

/**
 * The comment on every role of this plugin. Only an administrator can write it; a role without it is never
 * changed.
 */
export const ROLE_NOTE = 'drawbridge:branch';
/**
 * The comment on a finished database. Its owner may overwrite it, so nothing depends on it while the role
 * exists.
 */
export const READY_NOTE = 'drawbridge:ready';
/**
 * The attributes of a role that never could log in. Its owner cannot change either attribute. Any other
 * value, also that of roles of earlier versions, means that the owner may have used the database: no admin
 * session enters it again.
 */
export const NO_LOGIN = 'nologin connection limit 0';

/**
 * The state of a key's database and role on the server. `foreign`: not made by this plugin. Role `no-login`:
 * the role never could log in; `login`: the owner may have used the database. Database `invalid`: an
 * interrupted DROP DATABASE left it unusable.
 */
export interface PostgresBranch {
  readonly role: 'absent' | 'no-login' | 'login' | 'foreign';
  readonly database: 'absent' | 'foreign' | 'invalid' | 'present';
  /** True when the database accepts connections. */
  readonly open: boolean;
  /** True when the database has the comment of the last step. */
  readonly hasReadyNote: boolean;
}

interface Row {
  role: boolean;
  role_note: string | null;
  no_login: boolean | null;
  database: boolean;
  database_note: string | null;
  owned: boolean | null;
  open: boolean | null;
  invalid: boolean | null;
}

const BRANCH_QUERY = `
  select r.oid is not null as role, pg_catalog.shobj_description(r.oid, 'pg_authid') as role_note,
         not r.rolcanlogin and r.rolconnlimit = 0 as no_login,
         d.oid is not null as database, pg_catalog.shobj_description(d.oid, 'pg_database') as database_note,
         d.datdba = r.oid as owned,
         d.datallowconn and d.datconnlimit = -1 as open, d.datconnlimit = -2 as invalid
    from (select $1::pg_catalog.name as key) k
    left join pg_catalog.pg_roles r on r.rolname = k.key
    left join pg_catalog.pg_database d on d.datname = k.key`;

export async function readBranch(session: AdminSession, key: string): Promise<PostgresBranch> {
  const [row] = await session.run<Row & { [column: string]: unknown }>(BRANCH_QUERY, [key]);
  if (!row) throw new Error(`postgres-branch: the server returned no row for ${key}`);
  const hasReadyNote = row.database_note === READY_NOTE;
  return {
    role: roleState(row),
    database: databaseState(row, hasReadyNote),
    open: row.open === true,
    hasReadyNote,
  };
}

/**
 * Returns the keys of all branches on the server, also of unfinished ones and of databases without their
 * role.
 */
export async function listBranches(session: AdminSession): Promise<string[]> {
  const rows = await session.run<{ key: string }>(LIST, [ROLE_NOTE, READY_NOTE]);
  return rows.map(({ key }) => key);
}

const LIST = `
  select rolname as key from pg_catalog.pg_roles where pg_catalog.shobj_description(oid, 'pg_authid') = $1
  union
  select datname from pg_catalog.pg_database where pg_catalog.shobj_description(oid, 'pg_database') = $2
  order by key`;

function roleState(row: Row): PostgresBranch['role'] {
  if (!row.role) return 'absent';
  if (row.role_note !== ROLE_NOTE) return 'foreign';
  return row.no_login === true ? 'no-login' : 'login';
}

function databaseState(row: Row, hasReadyNote: boolean): PostgresBranch['database'] {
  if (!row.database) return 'absent';
  const ours = row.role_note === ROLE_NOTE && row.owned === true;
  if (!ours && !hasReadyNote) return 'foreign';
  return row.invalid === true ? 'invalid' : 'present';
}
