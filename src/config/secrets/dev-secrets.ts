import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problems } from '../problems.js';
import { readOrWriteOnce } from './write-once.js';

/** What is kept between starts, in the working directory. */
export const DATA_DIR = '.drawbridge';

/** A secret that Drawbridge made because the environment has none; never in production. */
export interface GeneratedSecret {
  /** The variable that would have set it. */
  readonly name: string;
  /** What to use: for OPERATOR_TOKENS the token itself, not its entry in the list. */
  readonly value: string;
  /** True when an earlier start made it and it was read back. */
  readonly reused: boolean;
}

/** Secrets of a developer's machine, as kept in `.drawbridge/dev-secrets.json`. */
export interface DevSecrets {
  readonly VERCEL_CLIENT_SECRET: string;
  readonly ENCRYPTION_KEYS: string;
  /** The plain token of an admin called `developer`. */
  readonly OPERATOR_TOKEN: string;
}

const NAMES = ['VERCEL_CLIENT_SECRET', 'ENCRYPTION_KEYS', 'OPERATOR_TOKEN'] as const;

/** Where the secrets of `dataDir` are kept. */
export function devSecretsFile(dataDir: string): string {
  return join(dataDir, 'dev-secrets.json');
}

/** The entry of OPERATOR_TOKENS for a token made here. */
export function operatorEntry(token: string): string {
  return `developer:admin:${createHash('sha256').update(token).digest('hex')}`;
}

/**
 * The secrets kept in `dataDir`, made and written (mode 0600) when there are none. They are kept because the embedded
 * database outlives the process: with a new key, the tokens encrypted in it could not be read again. Two processes that
 * start at once get the same secrets. Null, and a problem, when the file cannot be used.
 */
export function keptSecrets(
  dataDir: string,
  problems: Problems,
): { secrets: DevSecrets; reused: boolean } | null {
  const file = devSecretsFile(dataDir);
  try {
    const { text, made } = readOrWriteOnce(file, makeSecrets);
    const secrets = parse(text);
    if (secrets !== null) return { secrets, reused: !made };
    problems.add(file, '', `does not hold ${NAMES.join(', ')}: mend it, or delete it with its database`);
  } catch (error) {
    problems.add(file, '', error instanceof Error ? error.message : String(error));
  }
  return null;
}

/** Those that an earlier start has made; null when there are none, or none that can be read. */
export function readDevSecrets(file: string): DevSecrets | null {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch {
    // Whoever asks does without them, and says so.
    return null;
  }
}

function makeSecrets(): string {
  const secrets: DevSecrets = {
    VERCEL_CLIENT_SECRET: randomBytes(24).toString('base64url'),
    ENCRYPTION_KEYS: `dev:${randomBytes(32).toString('base64')}`,
    OPERATOR_TOKEN: randomBytes(24).toString('base64url'),
  };
  return `${JSON.stringify(secrets, null, 2)}\n`;
}

/** The parser's own message would quote the file, which is all secrets. */
function parse(text: string): DevSecrets | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const record = value as Record<string, unknown>;
  return NAMES.every((name) => typeof record[name] === 'string') ? (value as DevSecrets) : null;
}
