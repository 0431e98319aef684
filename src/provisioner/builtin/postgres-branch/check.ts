/** Tries everything that provisioning needs, and leaves nothing behind. */
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

/** Returns warnings. Throws one Error with all problems of `config` on this server. */
export async function checkServer(config: BranchConfig, call: BranchCall): Promise<CheckResult> {
  const url = serverUrl(config);
  const { admin, problems, warnings } = await withSession(url, call, async (session) => {
    const admin = await readAdmin(session);
    const own = await connectProblem(session, admin, "the admin url's database", admin.database);
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
    ...(createdb ? [] : [`role "${name}" may not create databases; run ALTER ROLE … CREATEDB`]),
    ...(createrole ? [] : [`role "${name}" may not create roles; run ALTER ROLE … CREATEROLE`]),
    ...(inherits || version >= 160_000
      ? []
      : [`role "${name}" does not inherit the rights of its roles; run ALTER ROLE … INHERIT`]),
  ];
}

/** Creates a role and acts as it, in a transaction that is rolled back. Returns the problem, or null. */
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
    return `role "${admin.name}" cannot create a role and act as it: ${detailOf(error)}`;
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
    `every role, also that of a branch, can connect to ${what} "${database}", and role ` +
    `"${admin.name}" may not change that; ` +
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
  const publicProblem = await connectProblem(session, admin, 'template', name);
  const [row] = await session.run<{ enter: boolean }>(
    `select datallowconn and pg_catalog.has_database_privilege(oid, 'CONNECT') as enter
       from pg_catalog.pg_database where datname = $1`,
    [name],
  );
  // A superuser has every privilege that the check looks for. A template without connections cannot be
  // checked.
  if (admin.superuser || row?.enter !== true) return [publicProblem];
  const inside = await withSession(
    serverUrl(config),
    call,
    (template) => problemsInTemplate(template, name, admin),
    { database: name },
  );
  return [publicProblem, ...inside];
}

async function problemsInTemplate(template: AdminSession, name: string, admin: Admin): Promise<string[]> {
  const triggers = await enabledTriggers(template);
  const others = (await foreignObjects(template, admin.name)).filter(({ ours }) => !ours);
  const owners = new Map(others.map(({ owner, object }) => [owner, object]));
  return [
    ...(triggers.length === 0 ? [] : [triggerProblem(name, triggers)]),
    ...[...owners].map(
      ([owner, object]) =>
        `"${admin.name}" cannot change the owner of what role "${owner}" owns in template ` +
        `"${name}" (${object}); run ` +
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
  `role "${name}" of the admin url is a superuser, so a fault in Drawbridge can affect the whole server; ` +
  'use a role with CREATEDB and CREATEROLE that owns the templates';

/** How many statements a warning shows. */
const MAX_STATEMENTS = 5;

function publicConnectWarning(open: readonly string[]): string {
  const statements = open.slice(0, MAX_STATEMENTS).map((name) => revokeConnectStatement(name));
  const more = open.length > MAX_STATEMENTS ? `; and ${open.length - MAX_STATEMENTS} more` : '';
  return (
    'branches can connect to other databases, because PUBLIC has the privilege CONNECT; run ' +
    `${statements.join('; ')}${more}`
  );
}
