import { embeddedPostgresDir, readConfig, type Config } from './config.js';
import { DATA_DIR, devSecretsFile } from './secrets/dev-secrets.js';
import { VARIABLES, type Environment } from './env/env.js';
import type { ConfigProblem } from './problems.js';
import { describeConfig, hidePassword } from './secrets/redact.js';

/** One variable, without secrets. */
export interface Setting {
  readonly name: string;
  /**
   * For a secret only a description, such as the ids of keys. Null: the variable is not set and has no
   * default.
   */
  readonly value: string | null;
  /** Origin of the value: `environment`, `default` or a file. Null: the variable is not set. */
  readonly from: string | null;
}

/** The configuration of a server started with the same environment and folder, without secrets. */
export interface Overview {
  readonly settings: readonly Setting[];
  /** The actions of actions.yaml. Texts below `config` are `***`. */
  readonly actions: unknown;
  readonly actionsFile: string;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];
}

/** Reads the configuration without starting, generating or writing anything. */
export function overview(env: Environment = process.env, cwd: string = process.cwd()): Overview {
  // The real address is known only while the embedded database runs. The value is never shown.
  const embedded = embeddedPostgresDir(env, cwd) !== null;
  const defaults: Record<string, string> = embedded
    ? { BRANCH_ADMIN_URL: 'postgres://127.0.0.1/postgres' }
    : {};
  const { config, problems } = readConfig(env, { cwd, defaults, makeSecrets: false });
  return {
    settings: VARIABLES.map((name) => settingOf(name, config, env, embedded)),
    actions: describeConfig(config)['actions'],
    actionsFile: config.actionsFile,
    problems,
    warnings: config.warnings,
  };
}

function settingOf(name: string, config: Config, env: Environment, embedded: boolean): Setting {
  const given = env[name]?.trim();
  if (given) return { name, value: secretOf(name, config) ?? hideIn(name, given), from: 'environment' };
  if (config.generated.some((secret) => secret.name === name))
    return { name, value: secretOf(name, config), from: devSecretsFile(DATA_DIR) };
  if (name === 'DATABASE_URL' && embedded)
    return { name, value: `embedded, in ${DATA_DIR}`, from: 'default' };
  const value = defaultOf(name, config);
  return { name, value, from: value === null ? null : 'default' };
}

/** Returns a description of a secret that is safe to show; null if the variable is not a secret. */
function secretOf(name: string, { vercel, encryptionKeys, operatorTokens }: Config): string | null {
  switch (name) {
    case 'VERCEL_CLIENT_SECRET':
      return `*** (${vercel.clientSecrets.length})`;
    case 'ENCRYPTION_KEYS':
      return `*** (${encryptionKeys.map(({ id }) => id).join(', ')})`;
    case 'OPERATOR_TOKENS':
      return `*** (${operatorTokens.map(({ name, role }) => `${name}: ${role}`).join(', ')})`;
    default:
      return /SECRET|PASSWORD|KEYS?$|TOKENS?$|HEADERS$/.test(name) ? '***' : null;
  }
}

/** Hides passwords in URLs, which variables that are not secrets may contain too. */
const hideIn = (name: string, value: string): string =>
  /^DATABASE_(DIRECT_)?URL$/.test(name) || value.includes('://') ? hidePassword(value) : value;

function defaultOf(name: string, config: Config): string | null {
  const { vercel } = config;
  const known: Readonly<Record<string, string>> = {
    NODE_ENV: 'development',
    PORT: String(config.port),
    HOST: config.host,
    ROLES: [...config.roles].join(','),
    DATABASE_POOLING: config.databasePooling,
    VERCEL_API_URL: vercel.apiUrl,
    VERCEL_MARKETPLACE_ISSUER: vercel.marketplaceIssuer,
    VERCEL_MARKETPLACE_JWKS_URL: vercel.marketplaceJwksUrl,
    ACTIONS_FILE: config.actionsFile,
    LOG_LEVEL: config.logLevel,
  };
  return known[name] ?? null;
}
