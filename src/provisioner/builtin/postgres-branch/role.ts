import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Branch, ROLE_NOTE } from './branch.js';
import type { Admin } from './admin.js';
import type { Session } from './session.js';

type Derive = (label: string) => Uint8Array;

/** Keeps one busy preview from taking all connections of the server. */
export const CONNECTION_LIMIT = 30;
const ITERATIONS = 4096;
const stretch = promisify(pbkdf2);

export const passwordFrom = (derive: Derive): string => Buffer.from(derive('password')).toString('base64url');

/** Makes the branch's role, or brings it back to what it was made with; then lets the admin act for it. */
export async function ensureRole(
  session: Session,
  key: string,
  { branch, admin, derive }: { branch: Branch; admin: Admin; derive: Derive },
): Promise<void> {
  const role = pg.escapeIdentifier(key);
  const verifier = pg.escapeLiteral(
    await scramVerifier(passwordFrom(derive), derive('salt').subarray(0, 16)),
  );
  const login = `login connection limit ${CONNECTION_LIMIT} password ${verifier}`;
  if (branch.role === 'ours') await session.run(`alter role ${role} ${login}`);
  if (branch.role === 'absent') {
    const limits = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
    const note = pg.escapeLiteral(ROLE_NOTE);
    await session.run(`create role ${role} ${limits} ${login}; comment on role ${role} is ${note}`);
  }
  await joinRole(session, key, admin);
}

/** Owning databases for a role, and acting on them, takes membership in it; a superuser needs none. */
export async function joinRole(session: Session, key: string, admin: Admin): Promise<void> {
  if (admin.superuser) return;
  const options = admin.version >= 160_000 ? ' with inherit true, set true' : '';
  await session.run(`grant ${pg.escapeIdentifier(key)} to current_user${options}`);
}

/**
 * The password as PostgreSQL stores it (RFC 5803). Sent in place of the password, which so never stands in a statement, hence
 * in no log of the server. The salt is derived as well: the same again in every call.
 */
export async function scramVerifier(password: string, salt: Uint8Array): Promise<string> {
  const salted = await stretch(password, salt, ITERATIONS, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}
