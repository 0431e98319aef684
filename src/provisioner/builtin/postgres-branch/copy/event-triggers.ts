/**
 * Event triggers of a template come with the copy. They belong to a superuser, but run functions that are handed over to the branch's
 * role, with the rights of the session that fires them. So all are disabled before the branch's role may log in, and none fires for us.
 */
import { escapeIdentifier } from '../../postgres-client.js';
import type { Admin } from '../server/admin.js';
import type { AdminSession } from '../server/session.js';

/** For the startup packet of a session in a copy: not even those on login fire. Only a superuser may set it (17 and newer). */
export const withoutEventTriggers = (admin: Admin): string =>
  admin.superuser && admin.version >= 170_000 ? '-c event_triggers=off' : '';

export async function enabledTriggers(session: AdminSession): Promise<string[]> {
  const rows = await session.run<{ name: string }>(
    `select evtname as name from pg_catalog.pg_event_trigger where evtenabled <> 'D' order by evtname`,
  );
  return rows.map((row) => row.name);
}

/** ALTER EVENT TRIGGER fires no event trigger. Only a superuser may do it: see `triggerProblem`. */
export async function disableTriggers(session: AdminSession, names: readonly string[]): Promise<void> {
  for (const name of names) await session.run(`alter event trigger ${escapeIdentifier(name)} disable`);
}

/** Why an admin that is no superuser cannot copy a template with these. */
export function triggerProblem(template: string, names: readonly string[]): string {
  const statements = names.map((name) => `ALTER EVENT TRIGGER ${escapeIdentifier(name)} DISABLE`);
  return (
    `template "${template}" has event triggers, which only a superuser can disable in a copy; ` +
    `run in "${template}", as a superuser: ${statements.join('; ')}`
  );
}
