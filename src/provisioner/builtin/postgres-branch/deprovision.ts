import { escapeIdentifier } from '../postgres-client.js';
import { readAdmin } from './server/admin.js';
import { type PostgresBranch, readBranch } from './branch.js';
import type { BranchCall } from './call.js';
import { dropInOtherDatabases } from './copy/other-databases.js';
import { detailOf, hasDependents, isLockTimeout, StillInUse } from './failure.js';
import { lockKey } from './server/lock.js';
import { rejectForeignPrepared, rollBackPrepared } from './server/prepared.js';
import { grantRole } from './server/role.js';
import type { AdminSession } from './server/session.js';
import { emptyDatabase, endBlockingSessions, endSessions, disableLogin } from './server/sessions.js';
import { dropTemporaryRoles, type TemporaryRoleWork } from './server/temporary-role.js';

type Target = Pick<TemporaryRoleWork, 'config' | 'key'>;

/** Removes the key's database and role, or throws. Never removes what this plugin did not make. */
export async function removeBranch(session: AdminSession, target: Target, call: BranchCall): Promise<void> {
  const { key } = target;
  await lockKey(session, key);
  await removeLocked(session, target, await readBranch(session, key), call);
}

/**
 * Works in the admin URL's database only: the owner of the branch's database decides which code runs there.
 */
export async function removeLocked(
  session: AdminSession,
  target: Target,
  { role, database }: PostgresBranch,
  call: BranchCall,
): Promise<void> {
  const { key } = target;
  if (role === 'foreign' || database === 'foreign')
    call.log('postgres-branch: a database or role of this name is not a branch and is not removed', { key });
  const ours = role === 'no-login' || role === 'login';
  const name = escapeIdentifier(key);
  await dropTemporaryRoles(session, key);
  if (ours) {
    await grantRole(session, key, await readAdmin(session));
    await disableRole(session, target, call);
  }
  if (database === 'present') await closeDatabase(session, target, call);
  if (database === 'present' || database === 'invalid') await session.run(`drop database if exists ${name}`);
  if (ours) await dropRole(session, target, call);
  await dropTemporaryRoles(session, key);
}

/**
 * Disables the login and ends the sessions. Rolls prepared transactions back, which may lock the role's row.
 */
async function disableRole(session: AdminSession, target: Target, call: BranchCall): Promise<void> {
  const { key } = target;
  try {
    await disableLogin(session, key);
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    await rollBackPrepared(session, target, 'disable-login', call);
    await disableLogin(session, key);
  }
  await endSessions(session, key);
}

/**
 * Ends everything that keeps the server from dropping the database. Its owner may have made a template of
 * it. Prepared transactions, which may lock its row, are rolled back first.
 */
async function closeDatabase(session: AdminSession, target: Target, call: BranchCall): Promise<void> {
  const name = escapeIdentifier(target.key);
  await rollBackPrepared(session, target, 'drop-database', call);
  await rejectForeignPrepared(session, target.key);
  await session.run(`alter database ${name} with is_template false allow_connections false`);
  await emptyDatabase(session, target.key);
}

async function dropRole(session: AdminSession, target: Target, call: BranchCall): Promise<void> {
  const drop = (): Promise<unknown> => session.run(`drop role if exists ${escapeIdentifier(target.key)}`);
  await rollBackPrepared(session, target, 'drop-role', call);
  await endBlockingSessions(session, target.key);
  try {
    await drop();
  } catch (error) {
    if (!hasDependents(error)) throw toStillInUse(target.key, error);
    await dropInOtherDatabases(session, target, call);
    await drop().catch((again: unknown) => {
      throw toStillInUse(target.key, again);
    });
  }
}

/** A prepared transaction of another branch's role may lock the role until that branch is removed. */
const toStillInUse = (key: string, error: unknown): unknown =>
  hasDependents(error) || isLockTimeout(error)
    ? new StillInUse(roleInUse(key, error), { cause: error })
    : error;

const roleInUse = (key: string, error: unknown): string =>
  `postgres-branch: waiting until role "${key}" has no privileges and owns nothing: ${detailOf(error)}`;
