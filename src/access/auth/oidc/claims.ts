import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { OidcConfig } from '../../../config/env/oidc.js';
import { OPERATOR_ROLES, type OperatorRole } from '../../../config/secrets/secrets.js';

const EVERYTHING = '*';
const LONGEST_NAME = 64;

/**
 * Returns the texts of a claim: a single text or the texts of a list. Splits claims of scopes at spaces.
 *
 * @param path the claim's name, or a dotted path to the claim
 */
export function textsOf(claims: JWTPayload, path: string): string[] {
  const value = Object.hasOwn(claims, path) ? claims[path] : at(claims, path.split('.'));
  if (typeof value === 'string') return path === 'scope' || path === 'scp' ? value.split(' ') : [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function at(value: unknown, [key, ...rest]: string[]): unknown {
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return at((value as Record<string, unknown>)[key], rest);
}

/** Returns the highest role of the values; null if none has a role. */
export function roleOf(values: readonly string[], roles: OidcConfig['roles']): OperatorRole | null {
  const found = new Set(values.flatMap((value) => roles.get(value) ?? []));
  return OPERATOR_ROLES.findLast((role) => found.has(role)) ?? null;
}

/** Returns the installations of a token; null: all. A token without the configured claim gets none. */
export function installationsOf(claims: JWTPayload, claim: string | null): ReadonlySet<string> | null {
  if (claim === null) return null;
  const ids = textsOf(claims, claim);
  return ids.includes(EVERYTHING) ? null : new Set(ids);
}

/**
 * Returns the operator's name for the audit: the email address, the user name or the subject. Appends a hash
 * to a name that had to be changed or belongs to another operator, so that names stay unique. Null if the
 * token contains no name.
 *
 * @param taken names of operators of OPERATOR_TOKENS
 */
export function nameOf(claims: JWTPayload, taken: ReadonlySet<string>): string | null {
  const { sub, email, email_verified: verified, preferred_username: user } = claims;
  // Some providers send the flag as a text.
  const names = [verified === false || verified === 'false' ? undefined : email, user, sub];
  const given = names.find((name): name is string => typeof name === 'string' && name.trim() !== '');
  if (given === undefined) return null;
  const clean = given.replaceAll(/[^A-Za-z0-9._@-]+/g, '-');
  if (clean === given && clean.length <= LONGEST_NAME && !taken.has(clean)) return clean;
  const hash = createHash('sha256')
    .update(JSON.stringify([sub ?? null, given]))
    .digest('hex');
  return `${clean.slice(0, LONGEST_NAME - 9)}-${hash.slice(0, 8)}`;
}
