/**
 * Work inside of a database that belongs to a tenant, which decides what code runs there. So it is done by a role that is made for it
 * and has the rights of branches' roles alone, never with the admin's: whatever runs there could have been run by its owner.
 */
import { createHash, randomBytes } from 'node:crypto';
import { escapeIdentifier, escapeLiteral } from '../postgres.client.js';
import { whoAmI } from './admin.js';
import type { Call } from './call.js';
import { type BranchConfig, serverUrl } from './config.js';
import { joinRole, membership, scramVerifier } from './role.js';
import { type Session, withSession } from './session.js';

export interface Visit {
  readonly config: BranchConfig;
  /** The key that is being removed; its lock is held. */
  readonly key: string;
  readonly database: string;
  /** The branches' roles whose rights the work needs. */
  readonly roles: readonly string[];
}

/** Runs `work` in the visited database and drops the visitor again; `dismiss` drops one that an interrupted call left. */
export async function visit(
  session: Session,
  { config, key, database, roles }: Visit,
  call: Call,
  work: (inside: Session) => Promise<void>,
): Promise<void> {
  const user = visitorOf(key);
  const password = randomBytes(32).toString('base64url');
  await dismiss(session, key);
  await admit(session, { user, password, database, roles });
  try {
    await withSession(serverUrl(config), call, work, { database, login: { user, password } });
  } finally {
    await dismiss(session, key);
  }
}

const visitorOf = (key: string): string =>
  `drawbridge-visit-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;

async function admit(
  session: Session,
  { user, password, database, roles }: { user: string; password: string } & Pick<Visit, 'database' | 'roles'>,
): Promise<void> {
  const admin = await whoAmI(session);
  const name = escapeIdentifier(user);
  const verifier = escapeLiteral(await scramVerifier(password, randomBytes(16)));
  await session.run(`create role ${name} login connection limit 1 password ${verifier}`);
  await joinRole(session, user, admin);
  for (const role of roles)
    await session.run(`grant ${escapeIdentifier(role)} to ${name}${membership(admin)}`);
  await session.run(`grant connect on database ${escapeIdentifier(database)} to ${name}`);
}

/** Drops the visitor of `key`, wherever the call that made it was interrupted. */
export async function dismiss(session: Session, key: string): Promise<void> {
  const user = visitorOf(key);
  const [row] = await session.run('select from pg_catalog.pg_roles where rolname = $1', [user]);
  if (row === undefined) return;
  await joinRole(session, user, await whoAmI(session));
  const name = escapeIdentifier(user);
  await session.run(`drop owned by ${name}; drop role ${name}`);
}
