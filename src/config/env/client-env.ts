/** For the command line: what it reads of the environment as a client of a running Drawbridge. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DATA_DIR, devSecretsFile, readDevSecrets } from '../secrets/dev-secrets.js';
import type { Environment } from './env.js';

export interface ClientEnvironment {
  /** Where the server is; null when nothing is said. */
  readonly url: string | null;
  /** An operator's token; null when nothing is said. */
  readonly token: string | null;
}

/** An empty variable counts as unset. */
export function clientEnvironment(env: Environment = process.env): ClientEnvironment {
  return { url: given(env['DRAWBRIDGE_URL']), token: given(env['DRAWBRIDGE_TOKEN']) };
}

/**
 * The secret that a server started here would check webhooks with: the first of VERCEL_CLIENT_SECRET, on a developer's machine also the one that
 * an earlier start has made. Null when there is none; nothing is made.
 */
export function clientSecretHere(env: Environment = process.env, cwd: string = process.cwd()): string | null {
  const [first] = (env['VERCEL_CLIENT_SECRET'] ?? '').split(',').map((item) => item.trim());
  if (first) return first;
  if (env['NODE_ENV'] === 'production') return null;
  return readDevSecrets(devSecretsFile(resolve(cwd, DATA_DIR)))?.VERCEL_CLIENT_SECRET ?? null;
}

/** The one secret in a file, without the white space around it. @throws when it cannot be read or is empty */
export function secretIn(file: string): string {
  const text = readFileSync(file, 'utf8').trim();
  if (text === '') throw new Error('is empty');
  return text;
}

const given = (value: string | undefined): string | null => value?.trim() || null;
