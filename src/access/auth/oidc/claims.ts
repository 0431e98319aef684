import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { OidcConfig } from '../../../config/env/oidc.js';
import { OPERATOR_ROLES, type OperatorRole } from '../../../config/secrets/secrets.js';

const EVERYTHING = '*';
const LONGEST_NAME = 64;

/**
 * The texts that a claim holds: its one text, or those of its list. Claims of scopes are texts with spaces between.
 *
 * @param path the claim's name as a whole, or else a dotted path to it
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

/** The highest role that any of the values has; null: none has one. */
export function roleOf(values: readonly string[], roles: OidcConfig['roles']): OperatorRole | null {
  const found = new Set(values.flatMap((value) => roles.get(value) ?? []));
  return OPERATOR_ROLES.findLast((role) => found.has(role)) ?? null;
}

/** What a token is limited to where one claim says it: a token without that claim sees nothing. Null: all. */
export function installationsOf(claims: JWTPayload, claim: string | null): ReadonlySet<string> | null {
  if (claim === null) return null;
  const ids = textsOf(claims, claim);
  return ids.includes(EVERYTHING) ? null : new Set(ids);
}

/**
 * How the audit names the person: by their address, user name or subject, whichever comes first. A name that had to be changed for it, or
 * that is another operator's, gets the beginning of a hash behind it, so that nobody is taken for somebody else. Null: nobody is named.
 *
 * @param taken names of operators who are known otherwise
 */
export function nameOf(claims: JWTPayload, taken: ReadonlySet<string>): string | null {
  const { sub, email, email_verified: verified, preferred_username: user } = claims;
  // Some providers say it as a text.
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
