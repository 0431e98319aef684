import type { ActionDefinition } from './actions-file/action-definition.js';
import type { VercelConfig } from './config.js';
import {
  devSecretsFile,
  loadOrMakeSecrets,
  operatorEntry,
  readDevSecrets,
  type GeneratedSecret,
} from './secrets/dev-secrets.js';
import type { EnvironmentVariables, LogLevel, Pooling } from './env/env.js';
import type { Problems } from './problems.js';
import { parseRoles, type ProcessRole } from './env/roles.js';
import {
  parseClientSecrets,
  parseEncryptionKeys,
  parseOperatorTokens,
  type EncryptionKey,
  type OperatorToken,
} from './secrets/secrets.js';

const MARKETPLACE = 'https://marketplace.vercel.com';

interface PlainSettings {
  port: number;
  host: string;
  roles: Set<ProcessRole>;
  databaseUrl: string | null;
  databaseDirectUrl: string | null;
  databasePooling: Pooling;
  vercel: Omit<VercelConfig, 'clientSecrets'>;
  publicUrl: string | null;
  logLevel: LogLevel;
}

interface Secrets {
  clientSecrets: string[];
  encryptionKeys: EncryptionKey[];
  operatorTokens: OperatorToken[];
  generated: GeneratedSecret[];
}

export const NEEDED_IN_PRODUCTION = {
  VERCEL_CLIENT_SECRET: "the integration's client secret (Integration Console)",
  DATABASE_URL: 'postgres://user:password@host:port/database',
  ENCRYPTION_KEYS: 'id:base64(32 bytes), comma-separated',
  OPERATOR_TOKENS: 'name:role:sha256hex, comma-separated (or OPERATOR_OIDC_ISSUER)',
} as const;

/** Reads the settings that need no validation beyond that of their variable. */
export function plainSettings(variables: EnvironmentVariables, problems: Problems): PlainSettings {
  return {
    port: variables.PORT ?? 3000,
    host: variables.HOST ?? '0.0.0.0',
    roles: parseRoles(variables.ROLES, problems),
    databaseUrl: variables.DATABASE_URL ?? null,
    databaseDirectUrl: variables.DATABASE_DIRECT_URL ?? null,
    databasePooling: variables.DATABASE_POOLING ?? 'session',
    vercel: {
      integrationId: variables.VERCEL_INTEGRATION_ID ?? null,
      apiUrl: withoutSlash(variables.VERCEL_API_URL ?? 'https://api.vercel.com'),
      marketplaceIssuer: withoutSlash(variables.VERCEL_MARKETPLACE_ISSUER ?? MARKETPLACE),
      marketplaceJwksUrl: variables.VERCEL_MARKETPLACE_JWKS_URL ?? `${MARKETPLACE}/.well-known/jwks`,
    },
    publicUrl: variables.PUBLIC_URL === undefined ? null : withoutSlash(variables.PUBLIC_URL),
    logLevel: variables.LOG_LEVEL ?? 'info',
  };
}

/** Warns of a pooling setup that works, but slower than necessary. */
export function poolingWarnings({ DATABASE_POOLING, DATABASE_DIRECT_URL }: EnvironmentVariables): string[] {
  if (DATABASE_POOLING !== 'transaction' || DATABASE_DIRECT_URL !== undefined) return [];
  return [
    'environment: DATABASE_DIRECT_URL is not set, so workers poll for jobs every half second and migrate ' +
      'refuses to run: set it to the address of PostgreSQL itself',
  ];
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** Rejects missing secrets and the memory provisioner in production. */
export function refuseInProduction(
  variables: EnvironmentVariables,
  actions: ReadonlyMap<string, ActionDefinition>,
  actionsSource: string,
  problems: Problems,
): void {
  for (const [name, form] of Object.entries(NEEDED_IN_PRODUCTION)) {
    if (variables[name as keyof typeof NEEDED_IN_PRODUCTION] !== undefined) continue;
    if (name === 'OPERATOR_TOKENS' && variables.OPERATOR_OIDC_ISSUER !== undefined) continue;
    problems.add('environment', name, `is required with NODE_ENV=production: ${form}`);
  }
  for (const { slug, provisioner } of actions.values()) {
    if (provisioner !== 'memory') continue;
    problems.add(
      actionsSource,
      `actions.${slug}.provisioner`,
      '"memory" loses its data at a restart and is not allowed in production',
    );
  }
}

/**
 * Reads the secrets of the environment. Outside production, missing secrets are read from `dataDir`, or
 * generated there if the configuration has no problems.
 */
export function readSecrets(
  variables: EnvironmentVariables,
  { production, dataDir, makes }: { production: boolean; dataDir: string; makes: boolean },
  problems: Problems,
): Secrets {
  const given = parseGiven(variables, problems);
  const complete = [given.clientSecrets, given.encryptionKeys, given.operatorTokens].every(
    (list) => list !== null,
  );
  const kept = complete || production ? null : keep(dataDir, makes, problems);
  const result: Secrets = {
    clientSecrets: given.clientSecrets ?? [],
    encryptionKeys: given.encryptionKeys ?? [],
    operatorTokens: given.operatorTokens ?? [],
    generated: [],
  };
  if (kept === null) return result;
  const { secrets, reused } = kept;
  const source = devSecretsFile(dataDir);
  if (given.clientSecrets === null) {
    result.clientSecrets = parseClientSecrets(secrets.VERCEL_CLIENT_SECRET, source, problems);
    result.generated.push({ name: 'VERCEL_CLIENT_SECRET', value: secrets.VERCEL_CLIENT_SECRET, reused });
  }
  if (given.encryptionKeys === null) {
    result.encryptionKeys = parseEncryptionKeys(secrets.ENCRYPTION_KEYS, source, problems);
    result.generated.push({ name: 'ENCRYPTION_KEYS', value: secrets.ENCRYPTION_KEYS, reused });
  }
  if (given.operatorTokens === null) {
    result.operatorTokens = parseOperatorTokens(operatorEntry(secrets.OPERATOR_TOKEN), source, problems);
    result.generated.push({ name: 'OPERATOR_TOKENS', value: secrets.OPERATOR_TOKEN, reused });
  }
  return result;
}

/** Generates secrets only for a configuration without problems. */
function keep(dataDir: string, makes: boolean, problems: Problems): ReturnType<typeof loadOrMakeSecrets> {
  if (makes && problems.none) return loadOrMakeSecrets(dataDir, problems);
  const secrets = readDevSecrets(devSecretsFile(dataDir));
  return secrets && { secrets, reused: true };
}

interface Given {
  clientSecrets: string[] | null;
  encryptionKeys: EncryptionKey[] | null;
  operatorTokens: OperatorToken[] | null;
}

/** Parses the secrets of the environment; null for variables that are not set. */
function parseGiven(variables: EnvironmentVariables, problems: Problems): Given {
  const parse = <T>(
    value: string | undefined,
    parser: (list: string, source: string, to: Problems) => T,
  ): T | null => (value === undefined ? null : parser(value, 'environment', problems));
  return {
    clientSecrets: parse(variables.VERCEL_CLIENT_SECRET, parseClientSecrets),
    encryptionKeys: parse(variables.ENCRYPTION_KEYS, parseEncryptionKeys),
    operatorTokens: parse(variables.OPERATOR_TOKENS, parseOperatorTokens),
  };
}
