import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { escapeIdentifier, escapeLiteral } from '../../postgres-client.js';
import { NO_LOGIN, ROLE_NOTE } from '../branch.js';
import type { Admin } from './admin.js';
import type { AdminSession } from './session.js';

type Derive = (label: string) => Uint8Array;

/** Keeps one busy preview from using all connections of the server. */
export const CONNECTION_LIMIT = 30;
const ITERATIONS = 4096;
const stretch = promisify(pbkdf2);

export const passwordFrom = (derive: Derive): string => Buffer.from(derive('password')).toString('base64url');

/** Creates the branch's role, which cannot log in before `allowLogin`. */
export async function makeRole(session: AdminSession, key: string): Promise<void> {
  const role = escapeIdentifier(key);
  const limits = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
  const note = escapeLiteral(ROLE_NOTE);
  await session.run(`create role ${role} ${limits} ${NO_LOGIN}; comment on role ${role} is ${note}`);
}

/**
 * Returns the statement that lets the role log in with the derived password. From then on the branch is its
 * owner's.
 */
export async function allowLogin(key: string, derive: Derive): Promise<string> {
  const salt = derive('salt').subarray(0, 16);
  const verifier = escapeLiteral(await scramVerifier(passwordFrom(derive), salt));
  const role = escapeIdentifier(key);
  return `alter role ${role} login connection limit ${CONNECTION_LIMIT} password ${verifier}`;
}

/**
 * Makes the admin a member of the role, which it needs to act on the role's databases. A superuser does not.
 */
export async function grantRole(session: AdminSession, key: string, admin: Admin): Promise<void> {
  if (admin.superuser) return;
  await session.run(`grant ${escapeIdentifier(key)} to current_user${membership(admin)}`);
}

/** Returns the clause of a GRANT with which the member can act as the role and has its privileges. */
export const membership = ({ version }: Admin): string =>
  version >= 160_000 ? ' with inherit true, set true' : '';

/**
 * Returns the password as PostgreSQL stores it (RFC 5803). The password itself is never part of a statement,
 * and so never in a log of the server. The salt is derived, too: it is the same in every call.
 */
export async function scramVerifier(password: string, salt: Uint8Array): Promise<string> {
  const salted = await stretch(password, salt, ITERATIONS, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}
