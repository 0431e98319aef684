/**
 * The privilege CONNECT. By default PostgreSQL lets every role connect to every database (CONNECT for
 * PUBLIC).
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeIdentifier } from '../../postgres-client.js';
import type { BranchCall } from '../call.js';
import { lacksPrivilege, isConcurrentUpdate } from '../failure.js';
import { refusal } from '../refusal.js';
import type { AdminSession } from '../server/session.js';

/** Returns the statement that leaves CONNECT on `database` only to roles with a grant of their own. */
export const revokeConnectStatement = (database: string, from = 'PUBLIC'): string =>
  `REVOKE CONNECT ON DATABASE ${escapeIdentifier(database)} FROM ${from}`;

/** The name of PUBLIC in `has_database_privilege`. */
export const PUBLIC = 'public';

export async function canConnect(session: AdminSession, role: string, database: string): Promise<boolean> {
  const [row] = await session.run<{ may: boolean }>(
    `select pg_catalog.has_database_privilege($1::name, $2::text, 'CONNECT') as may`,
    [role, database],
  );
  return row?.may === true;
}

/** Returns true when the admin may grant and revoke privileges on `database`. */
export async function canRevoke(session: AdminSession, database: string): Promise<boolean> {
  const [row] = await session.run<{ may: boolean }>(
    `select pg_catalog.pg_has_role(datdba, 'USAGE') as may from pg_catalog.pg_database where datname = $1`,
    [database],
  );
  return row?.may === true;
}

/**
 * Revokes CONNECT on `database` from PUBLIC when `role` can connect to it. Throws PermanentError when the
 * role still can: the admin may not revoke the privilege, or the role has a grant of its own.
 */
export async function revokeConnect(
  session: AdminSession,
  { role, database, what }: { role: string; database: string; what: string },
  call: BranchCall,
): Promise<void> {
  if (!(await canConnect(session, role, database))) return;
  const refused = await revoke(session, database);
  if (!(await canConnect(session, role, database))) {
    call.log(
      `postgres-branch: revoked CONNECT on ${what} from PUBLIC, because branches could connect to it`,
      {
        database,
      },
    );
    return;
  }
  const own = (await canConnect(session, PUBLIC, database)) ? 'PUBLIC' : escapeIdentifier(role);
  const detail =
    `a branch's role can connect to ${what} "${database}"; run ` +
    `${revokeConnectStatement(database, own)} as its owner`;
  throw refusal(call, detail, undefined, refused);
}

/**
 * Returns the server's error when the admin may not revoke. Repeats a REVOKE that met another ("tuple
 * concurrently updated").
 */
async function revoke(session: AdminSession, database: string): Promise<unknown> {
  for (;;) {
    try {
      await session.run(revokeConnectStatement(database));
      return undefined;
    } catch (error) {
      if (lacksPrivilege(error)) return error;
      if (!isConcurrentUpdate(error)) throw error;
      await sleep(10 + randomInt(40));
    }
  }
}

/** Returns the names of the databases that every role can connect to. */
export async function publicDatabases(session: AdminSession): Promise<string[]> {
  const rows = await session.run<{ name: string }>(
    `select datname as name from pg_catalog.pg_database
      where datallowconn and pg_catalog.has_database_privilege('public', oid, 'CONNECT') order by datname`,
  );
  return rows.map((row) => row.name);
}
