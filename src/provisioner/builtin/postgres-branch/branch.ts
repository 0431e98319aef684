import type { Session } from './session.js';

/** Written on every role of ours, where only an administrator can write: what lacks it is never touched. */
export const ROLE_NOTE = 'drawbridge:branch';
/** Written on a database when its last step is done. Its owner may overwrite it; then the steps are done again. */
export const READY_NOTE = 'drawbridge:ready';

/**
 * What the server holds under a key, for database and role alike. `foreign`: not made by this plugin. `half`: made, not
 * finished. `broken`: an interrupted DROP DATABASE left it unusable.
 */
export interface Branch {
  readonly role: 'absent' | 'ours' | 'foreign';
  readonly database: 'absent' | 'foreign' | 'broken' | 'half' | 'ready';
}

interface Row {
  role: boolean;
  role_note: string | null;
  database: boolean;
  database_note: string | null;
  owned: boolean | null;
  connectable: boolean | null;
  invalid: boolean | null;
}

const LOOK = `
  select r.oid is not null as role, shobj_description(r.oid, 'pg_authid') as role_note,
         d.oid is not null as database, shobj_description(d.oid, 'pg_database') as database_note,
         d.datdba = r.oid as owned, d.datallowconn and d.datconnlimit = -1 as connectable, d.datconnlimit = -2 as invalid
    from (select $1::name as key) k
    left join pg_roles r on r.rolname = k.key
    left join pg_database d on d.datname = k.key`;

export async function look(session: Session, key: string): Promise<Branch> {
  const [row] = await session.run<Row>(LOOK, [key]);
  if (!row) throw new Error(`postgres-branch: the server told nothing about ${key}`);
  return { role: roleState(row), database: databaseState(row) };
}

/** The keys of all that is ours on the server, whole or half: of a role, and of a database whose role is gone. */
export async function listBranches(session: Session): Promise<string[]> {
  const rows = await session.run<{ key: string }>(LIST, [ROLE_NOTE, READY_NOTE]);
  return rows.map(({ key }) => key);
}

const LIST = `
  select rolname as key from pg_roles where shobj_description(oid, 'pg_authid') = $1
  union
  select datname from pg_database where shobj_description(oid, 'pg_database') = $2
  order by key`;

/** Waits until no other call works on `key` (55P03 when that takes too long); the lock ends with the session. */
export async function lock(session: Session, key: string): Promise<void> {
  await session.run(`select pg_advisory_lock(hashtextextended('drawbridge:' || $1::text, 0))`, [key]);
}

function roleState(row: Row): Branch['role'] {
  if (!row.role) return 'absent';
  return row.role_note === ROLE_NOTE ? 'ours' : 'foreign';
}

function databaseState(row: Row): Branch['database'] {
  if (!row.database) return 'absent';
  const ours = (roleState(row) === 'ours' && row.owned) || row.database_note === READY_NOTE;
  if (!ours) return 'foreign';
  if (row.invalid) return 'broken';
  return row.database_note === READY_NOTE && row.connectable ? 'ready' : 'half';
}
