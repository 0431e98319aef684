import pg from 'pg';
import { PermanentError, type Json } from '../../provisioner.js';
import type { Admin } from './admin.js';
import { ROLE_NOTE } from './branch.js';
import { lacksPrivilege } from './failure.js';
import type { Session } from './session.js';

interface Row {
  copyable: boolean;
  branch: boolean;
}

const TEMPLATE = `
  select d.datistemplate or pg_has_role(current_user, d.datdba, 'USAGE') as copyable,
         coalesce(shobj_description(d.datdba, 'pg_authid') = $2, false) as branch
    from pg_database d where d.datname = $1::text`;

/** The database to copy: a resource's own `settings.template` before the configured one. */
export function chooseTemplate(
  settings: Readonly<Record<string, Json>>,
  configured: string | undefined,
): string {
  const chosen = settings['template'] ?? configured;
  if (typeof chosen === 'string' && chosen !== '') return chosen;
  if (chosen === undefined) {
    throw new PermanentError(
      "postgres-branch: no template: set config.template or the resource's settings.template",
    );
  }
  throw new PermanentError(
    'postgres-branch: settings.template of the resource must be the name of a database',
  );
}

/** What keeps `template` from being copied by `admin`, for people; null when nothing does. */
export async function templateProblem(
  session: Session,
  template: string,
  admin: Admin,
): Promise<string | null> {
  const missing = `template "${template}" does not exist`;
  if (template.includes('\0')) return "the template's name holds a zero byte";
  if (template === admin.database)
    return `template "${template}" is the admin url's own database; name another one there`;
  const [row] = await session.run<Row & { [column: string]: unknown }>(TEMPLATE, [template, ROLE_NOTE]);
  if (!row) return missing;
  if (row.branch) return `template "${template}" is itself a branch; branches are not copied`;
  if (!row.copyable && !admin.superuser) {
    return `role "${admin.name}" may not copy template "${template}"; make it the owner: ALTER DATABASE ${pg.escapeIdentifier(template)} OWNER TO ${pg.escapeIdentifier(admin.name)}`;
  }
  return null;
}

/**
 * Takes CONNECT on the template from PUBLIC, which every role has by default and which would let each branch into it. Nobody
 * loses by it: a database that people connect to cannot be copied anyway.
 */
export async function closeTemplate(
  session: Session,
  template: string,
  key: string,
  admin: Admin,
): Promise<void> {
  if (!(await mayConnect(session, key, template))) return;
  const database = pg.escapeIdentifier(template);
  const revoke = `revoke connect on database ${database} from public`;
  // Two of these at once fail with "tuple concurrently updated"; the lock ends with the statement.
  const alone = `select pg_advisory_xact_lock(hashtextextended(${pg.escapeLiteral(`drawbridge-template:${template}`)}, 0))`;
  let refusal: unknown;
  try {
    await session.run(`${alone}; ${revoke}`);
  } catch (error) {
    if (!lacksPrivilege(error)) throw error;
    refusal = error;
  }
  if (!(await mayConnect(session, key, template))) return;
  throw new PermanentError(
    `postgres-branch: every role may connect to template "${template}", and "${admin.name}" may not change that; ` +
      `run ${revoke.toUpperCase().replace(database.toUpperCase(), database)} as its owner`,
    { cause: refusal },
  );
}

async function mayConnect(session: Session, role: string, database: string): Promise<boolean> {
  const [row] = await session.run<{ may: boolean }>(
    `select has_database_privilege($1::name, $2::text, 'CONNECT') as may`,
    [role, database],
  );
  return row?.may === true;
}

/** The other databases that a branch's role could connect to, because PUBLIC may. */
export async function otherDoors(session: Session, key: string): Promise<string[]> {
  const rows = await session.run<{ name: string }>(
    `select datname as name from pg_database
      where datallowconn and datname <> $1::name and has_database_privilege($1::name, oid, 'CONNECT') order by datname`,
    [key],
  );
  return rows.map((row) => row.name);
}
