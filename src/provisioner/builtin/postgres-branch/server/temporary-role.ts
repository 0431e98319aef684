/**
 * Works in a database of a tenant, who decides which code runs there. So a temporary role does it, which has
 * only the privileges of branches' roles, never the admin's: code that runs there could do no more than its
 * owner.
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
  /** The key that is being removed. The caller has locked it. */
  readonly key: string;
  readonly database: string;
  /** The branches' roles whose rights the work needs. */
  readonly roles: readonly string[];
}

/**
 * Runs `work` in the database as a temporary role and drops the role. `dropTemporaryRoles` drops those of
 * interrupted calls.
 */
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
/** The rest of the name is random: a role that cannot be dropped yet does not block the next one. */
const prefixOf = (key: string): string =>
  `${ROLE_PREFIX}${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;

/**
 * Overrides settings by which the owner of a database could keep the temporary role out or end its session.
 */
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
 * Lets the role connect: the owner of a database can limit its connections and revoke CONNECT. Changes
 * nothing when the role can connect, because a transaction may lock the database's row. Does not open a
 * database that is made or removed.
 */
async function allowConnect(session: AdminSession, user: string, database: string): Promise<void> {
  const [access] = await session.run<{ limited: boolean; may: boolean }>(
    `select datallowconn and datconnlimit >= 0 as limited,
            pg_catalog.has_database_privilege($1::name, oid, 'CONNECT') as may
       from pg_catalog.pg_database where datname = $2`,
    [user, database],
  );
  const name = escapeIdentifier(database);
  if (access?.limited === true) await session.run(`alter database ${name} with connection limit -1`);
  if (access?.may === false)
    await session.run(`grant connect on database ${name} to ${escapeIdentifier(user)}`);
}

/** How many roles one removal drops, and how long it waits for the locks of each. */
const MAX_DROPS = 10;
const RETRY_LOCK_MS = 200;

/**
 * Drops the temporary roles that interrupted calls for `key` left, and those that other removals could not
 * drop because a tenant granted them a privilege. Such a role cannot log in, and can be dropped when the
 * tenant's database is removed.
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
    if (isUndefinedObject(error) || isConcurrentUpdate(error)) return; // Another removal dropped it.
    if (!hasDependents(error) && !isLockTimeout(error)) throw error;
    await session.run(`alter role ${name} nologin`);
  }
}
