/** Tries what provisioning will need, and leaves nothing behind. */
import { randomBytes } from 'node:crypto';
import { escapeIdentifier } from '../postgres-client.js';
import type { CheckResult } from '../../plugin-verbs.js';
import { type Admin, readAdmin } from './server/admin.js';
import { type BranchCall } from './call.js';
import { type BranchConfig, serverUrl } from './config.js';
import {
  revokeConnectStatement,
  PUBLIC,
  canRevoke,
  canConnect,
  publicDatabases,
} from './copy/connect-privilege.js';
import { enabledTriggers, triggerProblem } from './copy/event-triggers.js';
import { detailOf, lacksPrivilege } from './failure.js';
import { foreignObjects } from './copy/ownership.js';
import { membership } from './server/role.js';
import { type AdminSession, withSession } from './server/session.js';
import { namedTemplates, templateProblem } from './copy/template.js';

/** Throws with all that keeps `config` from working. */
export async function checkServer(config: BranchConfig, call: BranchCall): Promise<CheckResult> {
  const url = serverUrl(config);
  const { admin, problems, warnings } = await withSession(url, call, async (session) => {
    const admin = await readAdmin(session);
    const own = await connectProblem(session, admin, "the admin url's own database", admin.database);
    const problems = [...roleProblems(admin), own];
    for (const name of namedTemplates(config))
      problems.push(...(await templateProblems(session, { config, name, admin }, call)));
    return { admin, problems, warnings: await serverWarnings(session, config, admin) };
  });
  problems.push(await tryRole(url, admin, call));
  const found = problems.filter((problem) => problem !== null);
  if (found.length > 0) throw new Error(`postgres-branch: ${found.join('; ')}`);
  return { warnings };
}

function roleProblems({ name, superuser, createdb, createrole, inherits, version }: Admin): string[] {
  if (superuser) return [];
  return [
    ...(createdb ? [] : [`role "${name}" may not create databases: ALTER ROLE … CREATEDB`]),
    ...(createrole ? [] : [`role "${name}" may not create roles: ALTER ROLE … CREATEROLE`]),
    ...(inherits || version >= 160_000
      ? []
      : [`role "${name}" lacks the rights of its roles: ALTER ROLE … INHERIT`]),
  ];
}

/** Makes a role and acts as it, in a transaction that is rolled back. */
async function tryRole(url: URL, admin: Admin, call: BranchCall): Promise<string | null> {
  if (!admin.superuser && !admin.createrole) return null;
  const role = escapeIdentifier(`drawbridge-check-${randomBytes(8).toString('hex')}`);
  const grant = `grant ${role} to current_user${membership(admin)}`;
  try {
    await withSession(url, call, (session) =>
      session.run(`begin; create role ${role} nologin; ${grant}; set local role ${role}; rollback`),
    );
    return null;
  } catch (error) {
    if (!lacksPrivilege(error)) throw error;
    return `role "${admin.name}" cannot make a role and act as it: ${detailOf(error)}`;
  }
}

async function connectProblem(
  session: AdminSession,
  admin: Admin,
  what: string,
  database: string,
): Promise<string | null> {
  if (!(await canConnect(session, PUBLIC, database)) || (await canRevoke(session, database))) return null;
  return (
    `every role, and so each branch's, may connect to ${what} "${database}", and "${admin.name}" may not change that; ` +
    `run ${revokeConnectStatement(database)} as its owner`
  );
}

interface Candidate {
  readonly config: BranchConfig;
  readonly name: string;
  readonly admin: Admin;
}

async function templateProblems(
  session: AdminSession,
  { config, name, admin }: Candidate,
  call: BranchCall,
): Promise<(string | null)[]> {
  const problem = await templateProblem(session, name, admin);
  if (problem !== null) return [problem];
  const door = await connectProblem(session, admin, 'template', name);
  const [row] = await session.run<{ enter: boolean }>(
    `select datallowconn and pg_catalog.has_database_privilege(oid, 'CONNECT') as enter
       from pg_catalog.pg_database where datname = $1`,
    [name],
  );
  // A superuser can do what is looked for, and a template that is closed shows it in its first copy.
  if (admin.superuser || row?.enter !== true) return [door];
  const inside = await withSession(
    serverUrl(config),
    call,
    (template) => problemsInTemplate(template, name, admin),
    { database: name },
  );
  return [door, ...inside];
}

async function problemsInTemplate(template: AdminSession, name: string, admin: Admin): Promise<string[]> {
  const triggers = await enabledTriggers(template);
  const others = (await foreignObjects(template, admin.name)).filter(({ ours }) => !ours);
  const owners = new Map(others.map(({ owner, object }) => [owner, object]));
  return [
    ...(triggers.length === 0 ? [] : [triggerProblem(name, triggers)]),
    ...[...owners].map(
      ([owner, object]) =>
        `"${admin.name}" cannot hand over what role "${owner}" owns in template "${name}" (${object}): ` +
        `GRANT ${escapeIdentifier(owner)} TO ${escapeIdentifier(admin.name)}`,
    ),
  ];
}

async function serverWarnings(session: AdminSession, config: BranchConfig, admin: Admin): Promise<string[]> {
  const closed = [admin.database, ...namedTemplates(config)];
  const open = (await publicDatabases(session)).filter((name) => !closed.includes(name));
  return [
    ...(admin.superuser ? [superuserWarning(admin)] : []),
    ...(open.length > 0 ? [publicConnectWarning(open)] : []),
  ];
}

const superuserWarning = ({ name }: Admin): string =>
  `role "${name}" of the admin url is a superuser, so a fault here concerns the whole server; ` +
  'use a role with CREATEDB and CREATEROLE that owns the templates';

/** So many statements are shown. */
const MAX_STATEMENTS = 5;

function publicConnectWarning(open: readonly string[]): string {
  const statements = open.slice(0, MAX_STATEMENTS).map((name) => revokeConnectStatement(name));
  const more = open.length > MAX_STATEMENTS ? `; and ${open.length - MAX_STATEMENTS} more` : '';
  return `branches can connect to other databases, because PUBLIC may: ${statements.join('; ')}${more}`;
}
