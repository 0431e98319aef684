/**
 * A copy has the event triggers of its template. They belong to a superuser, but run functions that belong
 * to the branch's role, with the privileges of the session that fires them. So all are disabled before the
 * branch's role may log in.
 */
import { escapeIdentifier } from '../../postgres-client.js';
import type { Admin } from '../server/admin.js';
import type { AdminSession } from '../server/session.js';

/**
 * Startup settings of a session in a copy: no event trigger fires, not even on login. Needs a superuser and
 * PostgreSQL 17.
 */
export const withoutEventTriggers = (admin: Admin): string =>
  admin.superuser && admin.version >= 170_000 ? '-c event_triggers=off' : '';

export async function enabledTriggers(session: AdminSession): Promise<string[]> {
  const rows = await session.run<{ name: string }>(
    `select evtname as name from pg_catalog.pg_event_trigger where evtenabled <> 'D' order by evtname`,
  );
  return rows.map((row) => row.name);
}

/**
 * Disables event triggers, which only a superuser may do (see `triggerProblem`). ALTER EVENT TRIGGER fires
 * none itself.
 */
export async function disableTriggers(session: AdminSession, names: readonly string[]): Promise<void> {
  for (const name of names) await session.run(`alter event trigger ${escapeIdentifier(name)} disable`);
}

/** Returns why an admin that is not a superuser cannot copy a template with these event triggers. */
export function triggerProblem(template: string, names: readonly string[]): string {
  const statements = names.map((name) => `ALTER EVENT TRIGGER ${escapeIdentifier(name)} DISABLE`);
  return (
    `template "${template}" has event triggers, which only a superuser can disable in a copy; ` +
    `run in "${template}", as a superuser: ${statements.join('; ')}`
  );
}
