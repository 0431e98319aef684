import type { Problems } from '../problems.js';
import { didYouMean } from '../suggest.js';

/** An AES-256 key. `id` is stored with the encrypted data. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Buffer;
}

/** Roles in ascending order: each includes the rights of the previous one. */
export const OPERATOR_ROLES = ['viewer', 'operator', 'admin'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** An operator who may call the API. Only the SHA-256 of the token is stored, in lower-case hexadecimal. */
export interface OperatorToken {
  readonly name: string;
  readonly role: OperatorRole;
  readonly sha256: string;
  /** Limits the token to these installations; all others answer 404. Null: no limit. */
  readonly installations: ReadonlySet<string> | null;
}

const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;
const OPERATOR_NAME = /^[A-Za-z0-9._@-]{1,64}$/;
const INSTALLATION_ID = /^[\x21-\x7e]{1,256}$/;

/** Reports a problem of one variable. Texts never quote the values because they are secret. */
type Report = (path: string, text: string) => void;

function items(list: string): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Parses a comma-separated list of client secrets. */
export function parseClientSecrets(list: string, source: string, problems: Problems): string[] {
  const secrets = items(list);
  if (secrets.length === 0) problems.add(source, 'VERCEL_CLIENT_SECRET', 'contains no secret');
  return secrets;
}

/** Parses a comma-separated list of `id:base64(32 bytes)`, keeping its order. */
export function parseEncryptionKeys(list: string, source: string, problems: Problems): EncryptionKey[] {
  const report: Report = (path, text) => problems.add(source, `ENCRYPTION_KEYS${path}`, text);
  const entries = items(list);
  if (entries.length === 0) report('', 'contains no key: expected id:base64(32 bytes)');
  const keys = entries.flatMap((entry, index) => parseKey(entry, `[${index}]`, report));
  for (const id of repeated(keys.map((key) => key.id))) report('', `two keys have the id "${id}"`);
  return keys;
}

function parseKey(entry: string, path: string, report: Report): EncryptionKey[] {
  const colon = entry.indexOf(':');
  const [id, encoded] = [entry.slice(0, Math.max(colon, 0)), entry.slice(colon + 1)];
  if (!KEY_ID.test(id)) {
    report(path, 'expected id:base64(32 bytes), the id of 1 to 64 letters, digits, ".", "_" or "-"');
    return [];
  }
  const key = Buffer.from(encoded, 'base64');
  const unpadded = encoded.replace(/=+$/, '');
  if (key.length !== 32 || key.toString('base64').replace(/=+$/, '') !== unpadded) {
    report(path, `the key "${id}" is not 32 bytes in base64 (generate one with: openssl rand -base64 32)`);
    return [];
  }
  return [{ id, key }];
}

/**
 * Parses a comma-separated list of `name:role:sha256hex` or `name:role:sha256hex:installation+installation`.
 */
export function parseOperatorTokens(list: string, source: string, problems: Problems): OperatorToken[] {
  const report: Report = (path, text) => problems.add(source, `OPERATOR_TOKENS${path}`, text);
  const entries = items(list);
  if (entries.length === 0) report('', 'contains no operator: expected name:role:sha256hex');
  const tokens = entries.flatMap((entry, index) => parseOperator(entry, `[${index}]`, report));
  if (repeated(tokens.map((token) => token.sha256)).length > 0)
    report('', 'two operators have the same token');
  return tokens;
}

function parseOperator(entry: string, path: string, report: Report): OperatorToken[] {
  const [name = '', role = '', sha256 = '', limit, ...rest] = entry.split(':');
  if (!OPERATOR_NAME.test(name) || rest.length > 0) {
    report(path, 'expected name:role:sha256hex, the name of 1 to 64 letters, digits, ".", "_", "@" or "-"');
    return [];
  }
  const known = OPERATOR_ROLES.find((candidate) => candidate === role);
  if (known === undefined) {
    const near = didYouMean(role, OPERATOR_ROLES);
    report(path, `the role is none of ${OPERATOR_ROLES.join(', ')}${near}`);
  }
  if (!/^[0-9a-f]{64}$/i.test(sha256)) {
    report(path, 'the third part must be the SHA-256 of the token, 64 hexadecimal digits');
    return [];
  }
  const installations = limit === undefined ? null : limitOf(limit);
  if (installations?.size === 0) {
    report(path, 'the fourth part must be installations joined by "+"; leave it out with its ":" for all');
    return [];
  }
  return known === undefined ? [] : [{ name, role: known, sha256: sha256.toLowerCase(), installations }];
}

/** Parses the ids; returns an empty set if one of them is invalid. */
function limitOf(list: string): Set<string> {
  const ids = list.split('+');
  return new Set(ids.every((id) => INSTALLATION_ID.test(id)) ? ids : []);
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
