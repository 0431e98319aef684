import { setTimeout as sleep } from 'node:timers/promises';
import { escapeIdentifier, escapeLiteral } from '../../postgres-client.js';
import { ROLE_NOTE } from '../branch.js';
import { StillInUse } from '../failure.js';
import type { AdminSession } from './session.js';

/** How long a call waits for terminated sessions to end. */
const LEAVE_MS = 3_000;

/** Terminates the sessions of the role `key` in any database, and all sessions in its database. */
const TERMINATE_SESSIONS = (key: string): string => `
  select pg_catalog.pg_terminate_backend(a.pid)
    from pg_catalog.pg_stat_activity a
    join pg_catalog.pg_roles r on r.oid = a.usesysid
    join pg_catalog.pg_roles me on me.rolname = current_user
   where (a.usename = ${escapeLiteral(key)} or a.datname = ${escapeLiteral(key)})
     and a.pid <> pg_catalog.pg_backend_pid()
     and (me.rolsuper or not r.rolsuper and
          (pg_catalog.pg_has_role(r.oid, 'USAGE') or pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))`;

/** Ends the sessions that the admin may end. */
export async function endSessions(session: AdminSession, key: string): Promise<void> {
  await session.run(TERMINATE_SESSIONS(key));
}

/**
 * Ends the sessions and disables the login in one transaction: a session that reconnects waits for its end.
 */
export async function disableLogin(session: AdminSession, key: string): Promise<void> {
  await session.run(`${TERMINATE_SESSIONS(key)}; alter role ${escapeIdentifier(key)} nologin`);
}

/**
 * Ends sessions of branches' roles that keep the role `key` from being dropped, such as by an uncommitted
 * GRANT to it.
 */
export async function endBlockingSessions(session: AdminSession, key: string): Promise<void> {
  await session.run(
    `select pg_catalog.pg_terminate_backend(a.pid)
       from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
       join pg_catalog.pg_roles r on r.oid = a.usesysid
      where l.locktype = 'object' and l.classid = 'pg_catalog.pg_authid'::regclass
        and l.objid = (select oid from pg_catalog.pg_roles where rolname = $1)
        and pg_catalog.pg_has_role(r.oid, 'USAGE') and pg_catalog.shobj_description(r.oid, 'pg_authid') = $2`,
    [key, ROLE_NOTE],
  );
}

/** Ends the sessions in the database. Throws StillInUse with those that the admin may not end. */
export async function emptyDatabase(session: AdminSession, key: string): Promise<void> {
  const until = performance.now() + LEAVE_MS;
  await endSessions(session, key);
  let left = await sessionsIn(session, key);
  while (left.length > 0 && performance.now() < until) {
    await sleep(50);
    left = await sessionsIn(session, key);
  }
  if (left.length === 0) return;
  throw new StillInUse(
    `postgres-branch: waiting for the end of sessions in database "${key}", which the admin ` +
      `role may not end: ${left.join(', ')}`,
  );
}

async function sessionsIn(session: AdminSession, key: string): Promise<string[]> {
  const rows = await session.run<{ who: string }>(
    `select pg_catalog.format('%s, role "%s", pid %s',
              case application_name when '' then 'a client without application_name'
                                    else application_name end,
              usename, pid) as who
       from pg_catalog.pg_stat_activity where datname = $1 and usesysid is not null order by pid`,
    [key],
  );
  return rows.map(({ who }) => who);
}
