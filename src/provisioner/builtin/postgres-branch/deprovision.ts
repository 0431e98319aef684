import { escapeIdentifier } from '../postgres-client.js';
import { whoAmI } from './server/admin.js';
import { type PostgresBranch, look } from './branch.js';
import type { BranchCall } from './call.js';
import { dropElsewhere } from './copy/elsewhere.js';
import { detailOf, hasDependents, isLockTimeout, StillInUse } from './failure.js';
import { lock } from './server/lock.js';
import { refuseOthersPrepared, rollBackPrepared } from './server/prepared.js';
import { joinRole } from './server/role.js';
import type { AdminSession } from './server/session.js';
import { emptyDatabase, endHolders, endSessions, lockOut } from './server/sessions.js';
import { dismiss, type VisitorSession } from './server/visitor.js';

type Target = Pick<VisitorSession, 'config' | 'key'>;

/** Ends with neither database nor role of that key, or throws. What this plugin did not make is left alone. */
export async function removeBranch(session: AdminSession, target: Target, call: BranchCall): Promise<void> {
  const { key } = target;
  await lock(session, key);
  await removeLocked(session, target, await look(session, key), call);
}

/** All of it from the admin url's own database: the branch's own is its owner's, who decides what would run there. */
export async function removeLocked(
  session: AdminSession,
  target: Target,
  { role, database }: PostgresBranch,
  call: BranchCall,
): Promise<void> {
  const { key } = target;
  if (role === 'foreign' || database === 'foreign')
    call.log('postgres-branch: a database or role of this name is not a branch; it is left alone', { key });
  const ours = role === 'made' || role === 'handed-over';
  const name = escapeIdentifier(key);
  await dismiss(session, key);
  if (ours) {
    await joinRole(session, key, await whoAmI(session));
    await shutOut(session, target, call);
  }
  if (database === 'there') await closeDatabase(session, target, call);
  if (database === 'there' || database === 'broken') await session.run(`drop database if exists ${name}`);
  if (ours) await dropRole(session, target, call);
  await dismiss(session, key);
}

/** Its transactions may hold the row of its own role: those of sessions end with them, prepared ones are rolled back. */
async function shutOut(session: AdminSession, target: Target, call: BranchCall): Promise<void> {
  const { key } = target;
  try {
    await lockOut(session, key);
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    await rollBackPrepared(session, target, 'lock-out', call);
    await lockOut(session, key);
  }
  await endSessions(session, key);
}

/**
 * Leaves nothing in it that keeps the server from dropping it. Its owner may have made a template of it, and a prepared transaction
 * may hold its row: so that goes first.
 */
async function closeDatabase(session: AdminSession, target: Target, call: BranchCall): Promise<void> {
  const name = escapeIdentifier(target.key);
  await rollBackPrepared(session, target, 'drop-database', call);
  await refuseOthersPrepared(session, target.key);
  await session.run(`alter database ${name} with is_template false allow_connections false`);
  await emptyDatabase(session, target.key);
}

async function dropRole(session: AdminSession, target: Target, call: BranchCall): Promise<void> {
  const drop = (): Promise<unknown> => session.run(`drop role if exists ${escapeIdentifier(target.key)}`);
  await rollBackPrepared(session, target, 'drop-role', call);
  await endHolders(session, target.key);
  try {
    await drop();
  } catch (error) {
    if (!hasDependents(error)) throw asWaiting(target.key, error);
    await dropElsewhere(session, target, call);
    await drop().catch((again: unknown) => {
      throw asWaiting(target.key, again);
    });
  }
}

/** A transaction that another branch's role prepared may hold the role until that branch goes. */
const asWaiting = (key: string, error: unknown): unknown =>
  hasDependents(error) || isLockTimeout(error)
    ? new StillInUse(stillThere(key, error), { cause: error })
    : error;

const stillThere = (key: string, error: unknown): string =>
  `postgres-branch: waiting until role "${key}" has no more rights and owns nothing: ${detailOf(error)}`;
