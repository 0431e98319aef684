import { escapeIdentifier } from '../postgres-client.js';
import { type Admin, whoAmI } from './server/admin.js';
import { type PostgresBranch, look } from './branch.js';
import type { BranchCall } from './call.js';
import { type BranchConfig } from './config.js';
import { removeLocked } from './deprovision.js';
import { closeTo, EVERYBODY } from './copy/doors.js';
import { finishCopy } from './copy/handover.js';
import { lock } from './server/lock.js';
import { refusal } from './refusal.js';
import { joinRole, letIn, makeRole } from './server/role.js';
import type { AdminSession } from './server/session.js';
import { refuseTemplate } from './copy/template.js';

export interface Wish {
  readonly config: BranchConfig;
  readonly key: string;
  readonly template: string;
  derive(label: string): Uint8Array;
}

/** Each step looks at what is there first, so that a call goes on where one that died has stopped. */
export async function makeBranch(session: AdminSession, wish: Wish, call: BranchCall): Promise<void> {
  const { key } = wish;
  await lock(session, key);
  const admin = await whoAmI(session);
  const branch = await look(session, key);
  refuseForeign(branch, key, call);
  const own = { database: admin.database, what: "the admin url's own database" };
  if (branch.role === 'handed-over' && branch.database === 'there') {
    await closeTo(session, { role: key, ...own }, call);
    return comeBack(session, wish, { branch, admin });
  }
  await closeTo(session, { role: EVERYBODY, ...own }, call);
  const left = await withoutRemains(session, wish, branch, call);
  if (left.database !== 'there') await refuseTemplate(session, wish.template, admin, call);
  if (left.role === 'absent') await makeRole(session, key);
  await joinRole(session, key, admin);
  if (left.database !== 'there') await copyTemplate(session, wish, left);
  await finishCopy(session, wish, admin, call);
}

/** A database without its role has been a tenant's, or never ours: it is not entered. */
function refuseForeign({ role, database }: PostgresBranch, key: string, call: BranchCall): void {
  const orphan = role === 'absent' && database !== 'absent';
  if (role !== 'foreign' && database !== 'foreign' && !orphan) return;
  const words = `a database or role "${key}" exists that is not a branch; it is left alone`;
  throw refusal(call, words, words);
}

/** A role that could log in once keeps nothing of what it was: its branch is made anew by a new role. */
async function withoutRemains(
  session: AdminSession,
  wish: Wish,
  branch: PostgresBranch,
  call: BranchCall,
): Promise<PostgresBranch> {
  if (branch.role !== 'handed-over') return branch;
  await removeLocked(session, wish, branch, call);
  return look(session, wish.key);
}

/** Nothing of a branch that was handed over is looked at or changed from within: its owner decides what would run there. */
async function comeBack(
  session: AdminSession,
  { key, derive }: Wish,
  { branch, admin }: { branch: PostgresBranch; admin: Admin },
): Promise<void> {
  if (!branch.noted) await refuseUnfinished(session, key);
  await joinRole(session, key, admin);
  const statements = [await letIn(key, derive)];
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
async function refuseUnfinished(session: AdminSession, key: string): Promise<void> {
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
  { config, key, template }: Wish,
  { database }: PostgresBranch,
): Promise<void> {
  const name = escapeIdentifier(key);
  if (database === 'broken') await session.run(`drop database if exists ${name}`);
  const strategy = config.strategy === undefined ? '' : ` strategy ${config.strategy}`;
  await session.run(
    `create database ${name} template ${escapeIdentifier(template)} owner ${name} allow_connections false${strategy}`,
  );
}
