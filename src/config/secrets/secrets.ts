import type { Problems } from '../problems.js';
import { didYouMean } from '../suggest.js';

/** One key of AES-256; `id` is stored beside what it encrypted. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Buffer;
}

/** Each role may do what the one before it may, and more. */
export const OPERATOR_ROLES = ['viewer', 'operator', 'admin'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Who may call the operators' API. Of the token only its SHA-256 is known, in lower-case hexadecimal. */
export interface OperatorToken {
  readonly name: string;
  readonly role: OperatorRole;
  readonly sha256: string;
  /** Nothing of any other installation exists for them; null: all. */
  readonly installations: ReadonlySet<string> | null;
}

const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;
const OPERATOR_NAME = /^[A-Za-z0-9._@-]{1,64}$/;
const INSTALLATION_ID = /^[\x21-\x7e]{1,256}$/;

/** Reports a problem of one variable; the values of these variables are secret and never repeated. */
type Report = (path: string, text: string) => void;

function items(list: string): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The client secrets of a comma-separated list. */
export function parseClientSecrets(list: string, source: string, problems: Problems): string[] {
  const secrets = items(list);
  if (secrets.length === 0) problems.add(source, 'VERCEL_CLIENT_SECRET', 'holds no secret');
  return secrets;
}

/** The keys of a comma-separated list of `id:base64(32 bytes)`, in its order. */
export function parseEncryptionKeys(list: string, source: string, problems: Problems): EncryptionKey[] {
  const report: Report = (path, text) => problems.add(source, `ENCRYPTION_KEYS${path}`, text);
  const entries = items(list);
  if (entries.length === 0) report('', 'holds no key: expected id:base64(32 bytes)');
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
    report(path, `the key "${id}" is not 32 bytes in base64 (openssl rand -base64 32 makes one)`);
    return [];
  }
  return [{ id, key }];
}

/** The operators of a comma-separated list of `name:role:sha256hex` or `name:role:sha256hex:installation+installation`. */
export function parseOperatorTokens(list: string, source: string, problems: Problems): OperatorToken[] {
  const report: Report = (path, text) => problems.add(source, `OPERATOR_TOKENS${path}`, text);
  const entries = items(list);
  if (entries.length === 0) report('', 'names no operator: expected name:role:sha256hex');
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

/** Empty when one of them is no id. */
function limitOf(list: string): Set<string> {
  const ids = list.split('+');
  return new Set(ids.every((id) => INSTALLATION_ID.test(id)) ? ids : []);
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
