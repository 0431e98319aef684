/**
 * Work inside of a database that belongs to a tenant, which decides what code runs there. So it is done by a role that is made for it
 * and has the rights of branches' roles alone, never with the admin's: whatever runs there could have been run by its owner.
 */
import { createHash, randomBytes } from 'node:crypto';
import { escapeIdentifier, escapeLiteral } from '../../postgres-client.js';
import { type Admin, readAdmin } from './admin.js';
import type { BranchCall } from '../call.js';
import { type BranchConfig, serverUrl } from '../config.js';
import { hasDependents, isUndefinedObject, isLockTimeout, isConcurrentUpdate } from '../failure.js';
import { grantRole, membership, scramVerifier } from './role.js';
import { type AdminSession, withSession } from './session.js';

export interface TemporaryRoleWork {
  readonly config: BranchConfig;
  /** The key that is being removed; its lock is held. */
  readonly key: string;
  readonly database: string;
  /** The branches' roles whose rights the work needs. */
  readonly roles: readonly string[];
}

/** Runs `work` in the visited database and drops the visitor again; `dismiss` drops one that an interrupted call left. */
export async function runAsTemporaryRole(
  session: AdminSession,
  { config, key, database, roles }: TemporaryRoleWork,
  call: BranchCall,
  work: (inside: AdminSession) => Promise<void>,
): Promise<void> {
  const user = `${prefixOf(key)}-${randomBytes(8).toString('hex')}`;
  const password = randomBytes(32).toString('base64url');
  const admin = await readAdmin(session);
  try {
    await createTemporaryRole(session, { user, password, database, roles }, admin);
    const login = { user, password };
    await withSession(serverUrl(config), call, work, { database, login, startup: startupSettings(admin) });
  } finally {
    await dropTemporaryRoles(session, key);
  }
}

const ROLE_PREFIX = 'drawbridge-visit-';
/** The rest of a visitor's name is random: one that cannot be dropped yet is not in the way of the next. */
const prefixOf = (key: string): string =>
  `${ROLE_PREFIX}${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;

/** Settings that the owner of a database may make for it, and that would keep a visitor out or end its session. */
const startupSettings = ({ version }: Admin): string =>
  [
    '-c local_preload_libraries= -c role=none -c statement_timeout=0 -c idle_session_timeout=0',
    '-c exit_on_error=off -c tcp_user_timeout=0',
    ...(version >= 170_000 ? ['-c transaction_timeout=0'] : []),
  ].join(' ');

async function createTemporaryRole(
  session: AdminSession,
  {
    user,
    password,
    database,
    roles,
  }: { user: string; password: string } & Pick<TemporaryRoleWork, 'database' | 'roles'>,
  admin: Admin,
): Promise<void> {
  const name = escapeIdentifier(user);
  const verifier = escapeLiteral(await scramVerifier(password, randomBytes(16)));
  await session.run(`create role ${name} login connection limit 1 password ${verifier}`);
  await grantRole(session, user, admin);
  for (const role of roles)
    await session.run(`grant ${escapeIdentifier(role)} to ${name}${membership(admin)}`);
  await allowConnect(session, user, database);
}

/**
 * The owner of a database may limit its connections, and revoke its own CONNECT. Nothing is changed where neither is so: a transaction may
 * hold the database's row. One that takes no connections is left so, because it is being made or removed.
 */
async function allowConnect(session: AdminSession, user: string, database: string): Promise<void> {
  const [door] = await session.run<{ limited: boolean; may: boolean }>(
    `select datallowconn and datconnlimit >= 0 as limited,
            pg_catalog.has_database_privilege($1::name, oid, 'CONNECT') as may
       from pg_catalog.pg_database where datname = $2`,
    [user, database],
  );
  const name = escapeIdentifier(database);
  if (door?.limited === true) await session.run(`alter database ${name} with connection limit -1`);
  if (door?.may === false)
    await session.run(`grant connect on database ${name} to ${escapeIdentifier(user)}`);
}

/** So many that could not be dropped at once are tried again by one removal, and each waits for a lock only this long. */
const MAX_DROPS = 10;
const RETRY_LOCK_MS = 200;

/**
 * Drops the visitors of `key`, wherever the call that made them was interrupted, and those that another removal could not drop: a tenant
 * may have granted one something while it was there. Such a one may not log in any more, and goes when that tenant's database has gone.
 */
export async function dropTemporaryRoles(session: AdminSession, key: string): Promise<void> {
  const rows = await session.run<{ user: string }>(
    `select rolname::text as user from pg_catalog.pg_roles
      where pg_catalog.starts_with(rolname, $1) or (pg_catalog.starts_with(rolname, $2) and not rolcanlogin)
      order by rolcanlogin desc, pg_catalog.random() limit ${MAX_DROPS}`,
    [prefixOf(key), ROLE_PREFIX],
  );
  for (const { user } of rows) await drop(session, user);
}

async function drop(session: AdminSession, user: string): Promise<void> {
  const name = escapeIdentifier(user);
  try {
    await grantRole(session, user, await readAdmin(session));
    await session.run(`set local lock_timeout = ${RETRY_LOCK_MS}; drop owned by ${name}; drop role ${name}`);
  } catch (error) {
    if (isUndefinedObject(error) || isConcurrentUpdate(error)) return; // another removal dropped it
    if (!hasDependents(error) && !isLockTimeout(error)) throw error;
    await session.run(`alter role ${name} nologin`);
  }
}
