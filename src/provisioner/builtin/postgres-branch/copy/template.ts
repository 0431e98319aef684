import { escapeIdentifier } from '../../postgres-client.js';
import { PermanentError, type Json } from '../../../provisioner.js';
import type { Admin } from '../server/admin.js';
import { ROLE_NOTE } from '../branch.js';
import type { BranchCall } from '../call.js';
import type { BranchConfig } from '../config.js';
import { refusal } from '../refusal.js';
import type { AdminSession } from '../server/session.js';

interface Row {
  copyable: boolean;
  branch: boolean;
  login: boolean;
}

/** `dathasloginevt` is new in PostgreSQL 17, as are event triggers on login. */
const TEMPLATE = `
  select d.datistemplate or pg_catalog.pg_has_role(current_user, d.datdba, 'USAGE') as copyable,
         coalesce(pg_catalog.shobj_description(d.datdba, 'pg_authid') = $2, false) as branch,
         coalesce((pg_catalog.to_jsonb(d.*) ->> 'dathasloginevt')::boolean, false) as login
    from pg_catalog.pg_database d where d.datname = $1::text`;

/**
 * Returns a notice for the resource's owner when `settings.template` is set, which has no effect; else null.
 */
export function ignoredTemplate(settings: Readonly<Record<string, Json>>): string | null {
  if (settings['template'] === undefined) return null;
  return (
    'settings.template has no effect; set settings.actions.<action>.template, if the action has ' +
    'this option'
  );
}

/**
 * Returns the database to copy. `config` contains the resource's choice if the action's `options` allow one.
 */
export function templateOf({ template }: BranchConfig): string {
  if (template !== undefined) return template;
  throw new PermanentError(
    'postgres-branch: no template: set config.template, or settings.actions.<action>.template ' +
      'of the resource',
  );
}

/** Returns the templates of the configuration that are names, not patterns. */
export const namedTemplates = ({ template, templates = [] }: BranchConfig): string[] => [
  ...new Set([template ?? [], templates.filter((name) => !name.includes('*'))].flat()),
];

/** Returns an issue when a resource chose a template that the configuration does not allow. */
export function optionIssues(
  { template, templates = [] }: BranchConfig,
  chosen: Readonly<Record<string, unknown>>,
): { path: string[]; message: string }[] {
  const name = chosen['template'];
  if (
    typeof name !== 'string' ||
    name === template ||
    templates.some((allowed) => matchesPattern(name, allowed))
  )
    return [];
  return [{ path: ['template'], message: `template "${name}" cannot be copied` }];
}

function matchesPattern(name: string, allowed: string): boolean {
  const literal = allowed.split('*').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 'su').test(name);
}

/** Throws for a template that cannot be copied. The message does not tell whether the template exists. */
export async function rejectTemplate(
  session: AdminSession,
  template: string,
  admin: Admin,
  call: BranchCall,
): Promise<void> {
  const problem = await templateProblem(session, template, admin);
  if (problem !== null) throw refusal(call, problem, notCopied(template));
}

export const notCopied = (template: string): string =>
  `template "${template}" cannot be copied; the operators of Drawbridge find the reason in the log`;

/** Returns why `admin` cannot copy `template`, for operators; null when it can. */
export async function templateProblem(
  session: AdminSession,
  template: string,
  admin: Admin,
): Promise<string | null> {
  if (template.includes('\0')) return 'the name of the template contains a NUL byte';
  if (template === admin.database)
    return `template "${template}" is the database of the admin url; put another database into that url`;
  const [row] = await session.run<Row & { [column: string]: unknown }>(TEMPLATE, [template, ROLE_NOTE]);
  if (!row) return `template "${template}" does not exist`;
  if (row.branch) return `template "${template}" is a branch, and branches cannot be templates`;
  if (admin.superuser) return null;
  if (!row.copyable)
    return (
      `role "${admin.name}" may not copy template "${template}"; make it the owner with ALTER ` +
      `DATABASE ${escapeIdentifier(template)} OWNER TO ${escapeIdentifier(admin.name)}`
    );
  return row.login ? loginTrigger(template) : null;
}

/**
 * The server stores only that a login trigger exists, until the first login after the last one was removed.
 */
const loginTrigger = (template: string): string =>
  `template "${template}" has an event trigger on login, which would run in each copy with the ` +
  `admin's rights; ` +
  'as a superuser, run ALTER EVENT TRIGGER … DISABLE in it for each that "SELECT evtname FROM ' +
  'pg_event_trigger" shows, and connect to it once more';
