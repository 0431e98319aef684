import { escapeIdentifier } from '../postgres-client.js';
import { type Admin, readAdmin } from './server/admin.js';
import { type PostgresBranch, readBranch } from './branch.js';
import type { BranchCall } from './call.js';
import { type BranchConfig } from './config.js';
import { removeLocked } from './deprovision.js';
import { revokeConnect, PUBLIC } from './copy/connect-privilege.js';
import { finishCopy } from './copy/finish-copy.js';
import { lockKey } from './server/lock.js';
import { refusal } from './refusal.js';
import { grantRole, allowLogin, makeRole } from './server/role.js';
import type { AdminSession } from './server/session.js';
import { rejectTemplate } from './copy/template.js';

export interface BranchSpec {
  readonly config: BranchConfig;
  readonly key: string;
  readonly template: string;
  derive(label: string): Uint8Array;
}

/** Each step looks at what is there first, so that a call goes on where one that died has stopped. */
export async function makeBranch(session: AdminSession, wish: BranchSpec, call: BranchCall): Promise<void> {
  const { key } = wish;
  await lockKey(session, key);
  const admin = await readAdmin(session);
  const branch = await readBranch(session, key);
  rejectForeign(branch, key, call);
  const own = { database: admin.database, what: "the admin url's own database" };
  if (branch.role === 'login' && branch.database === 'present') {
    await revokeConnect(session, { role: key, ...own }, call);
    return reopenBranch(session, wish, { branch, admin });
  }
  await revokeConnect(session, { role: PUBLIC, ...own }, call);
  const left = await removeRemains(session, wish, branch, call);
  if (left.database !== 'present') await rejectTemplate(session, wish.template, admin, call);
  if (left.role === 'absent') await makeRole(session, key);
  await grantRole(session, key, admin);
  if (left.database !== 'present') await copyTemplate(session, wish, left);
  await finishCopy(session, wish, admin, call);
}

/** A database without its role has been a tenant's, or never ours: it is not entered. */
function rejectForeign({ role, database }: PostgresBranch, key: string, call: BranchCall): void {
  const orphan = role === 'absent' && database !== 'absent';
  if (role !== 'foreign' && database !== 'foreign' && !orphan) return;
  const words = `a database or role "${key}" exists that is not a branch; it is left alone`;
  throw refusal(call, words, words);
}

/** A role that could log in once keeps nothing of what it was: its branch is made anew by a new role. */
async function removeRemains(
  session: AdminSession,
  wish: BranchSpec,
  branch: PostgresBranch,
  call: BranchCall,
): Promise<PostgresBranch> {
  if (branch.role !== 'login') return branch;
  await removeLocked(session, wish, branch, call);
  return readBranch(session, wish.key);
}

/** Nothing of a branch that was handed over is looked at or changed from within: its owner decides what would run there. */
async function reopenBranch(
  session: AdminSession,
  { key, derive }: BranchSpec,
  { branch, admin }: { branch: PostgresBranch; admin: Admin },
): Promise<void> {
  if (!branch.noted) await rejectUnfinished(session, key);
  await grantRole(session, key, admin);
  const statements = [await allowLogin(key, derive)];
  if (!branch.open)
    statements.push(
      `alter database ${escapeIdentifier(key)} with allow_connections true connection limit -1`,
    );
  await session.run(statements.join('; '));
}

/**
 * An earlier version let the role log in before its objects were handed over. Such a half is not finished by entering it; it shows
 * from outside: all objects that have an owner on record belong to others.
 */
async function rejectUnfinished(session: AdminSession, key: string): Promise<void> {
  const [row] = await session.run<{ unfinished: boolean }>(
    `select pg_catalog.count(*) > 0 and pg_catalog.bool_and(s.refobjid <> d.datdba) as unfinished
       from pg_catalog.pg_shdepend s join pg_catalog.pg_database d on d.oid = s.dbid
      where d.datname = $1 and s.deptype = 'o' and s.refclassid = 'pg_catalog.pg_authid'::regclass`,
    [key],
  );
  if (row?.unfinished !== true) return;
  throw new Error(
    `postgres-branch: an earlier version of Drawbridge left "${key}" half-made; release it, and deploy again`,
  );
}

/** Closed until PUBLIC has lost its rights on it: every role could connect to it at once otherwise. */
async function copyTemplate(
  session: AdminSession,
  { config, key, template }: BranchSpec,
  { database }: PostgresBranch,
): Promise<void> {
  const name = escapeIdentifier(key);
  if (database === 'invalid') await session.run(`drop database if exists ${name}`);
  const strategy = config.strategy === undefined ? '' : ` strategy ${config.strategy}`;
  await session.run(
    `create database ${name} template ${escapeIdentifier(template)} owner ${name} allow_connections false${strategy}`,
  );
}
