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

/**
 * Makes or finds the branch. Each step reads the state first, so that a call continues an interrupted one.
 */
export async function makeBranch(session: AdminSession, spec: BranchSpec, call: BranchCall): Promise<void> {
  const { key } = spec;
  await lockKey(session, key);
  const admin = await readAdmin(session);
  const branch = await readBranch(session, key);
  rejectForeign(branch, key, call);
  const own = { database: admin.database, what: "the admin url's database" };
  if (branch.role === 'login' && branch.database === 'present') {
    await revokeConnect(session, { role: key, ...own }, call);
    return reopenBranch(session, spec, { branch, admin });
  }
  await revokeConnect(session, { role: PUBLIC, ...own }, call);
  const left = await removeRemains(session, spec, branch, call);
  if (left.database !== 'present') await rejectTemplate(session, spec.template, admin, call);
  if (left.role === 'absent') await makeRole(session, key);
  await grantRole(session, key, admin);
  if (left.database !== 'present') await copyTemplate(session, spec, left);
  await finishCopy(session, spec, admin, call);
}

/**
 * Throws for a database or role of others. A database without its role may have been a tenant's, so it is
 * one of them.
 */
function rejectForeign({ role, database }: PostgresBranch, key: string, call: BranchCall): void {
  const orphan = role === 'absent' && database !== 'absent';
  if (role !== 'foreign' && database !== 'foreign' && !orphan) return;
  const refusalText = `a database or role "${key}" exists that is not a branch; Drawbridge does not use it`;
  throw refusal(call, refusalText, refusalText);
}

/** Removes what is left of a branch whose role could log in: a new role gets a new branch. */
async function removeRemains(
  session: AdminSession,
  spec: BranchSpec,
  branch: PostgresBranch,
  call: BranchCall,
): Promise<PostgresBranch> {
  if (branch.role !== 'login') return branch;
  await removeLocked(session, spec, branch, call);
  return readBranch(session, spec.key);
}

/** Opens a finished branch again, without a session in it: its owner decides which code runs there. */
async function reopenBranch(
  session: AdminSession,
  { key, derive }: BranchSpec,
  { branch, admin }: { branch: PostgresBranch; admin: Admin },
): Promise<void> {
  if (!branch.hasReadyNote) await rejectUnfinished(session, key);
  await grantRole(session, key, admin);
  const statements = [await allowLogin(key, derive)];
  if (!branch.open)
    statements.push(
      `alter database ${escapeIdentifier(key)} with allow_connections true connection limit -1`,
    );
  await session.run(statements.join('; '));
}

/**
 * Throws for a branch of an earlier version, which let the role log in before it owned the objects. The
 * admin must not enter it to finish it. The server shows the case from outside: no object with an owner
 * belongs to the role.
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
    `postgres-branch: an earlier version of Drawbridge left the branch "${key}" unfinished; ` +
      'release the action and deploy again',
  );
}

/** Copies the template. The copy accepts no connections until CONNECT is revoked from PUBLIC. */
async function copyTemplate(
  session: AdminSession,
  { config, key, template }: BranchSpec,
  { database }: PostgresBranch,
): Promise<void> {
  const name = escapeIdentifier(key);
  if (database === 'invalid') await session.run(`drop database if exists ${name}`);
  const strategy = config.strategy === undefined ? '' : ` strategy ${config.strategy}`;
  await session.run(
    `create database ${name} template ${escapeIdentifier(template)} owner ${name} ` +
      `allow_connections false${strategy}`,
  );
}
