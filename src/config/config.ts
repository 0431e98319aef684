import 'reflect-metadata';
import { resolve } from 'node:path';
import type { ActionDefinition } from './actions-file/action-definition.js';
import { readActionsFile } from './actions-file/actions-file.js';
import { DEFAULT_ACTIONS_FILE } from './actions-file/load-actions.js';
import { DATA_DIR, type GeneratedSecret } from './secrets/dev-secrets.js';
import {
  mistypedVariables,
  readEnvironment,
  type Environment,
  type LogLevel,
  type Pooling,
} from './env/env.js';
import { deepFreeze } from './freeze.js';
import { oidcOf, type OidcConfig } from './env/oidc.js';
import { ConfigError, Problems, type ConfigProblem } from './problems.js';
import { retentionOf, type RetentionConfig } from './env/retention.js';
import type { Role } from './env/roles.js';
import type { EncryptionKey, OperatorToken } from './secrets/secrets.js';
import { plainSettings, poolingWarnings, readSecrets, refuseInProduction } from './settings.js';
import { tracingOf, type TracingConfig } from './env/tracing.js';

/** Everything that can be set, checked and deeply frozen. Only `src/config` reads the environment. */
export interface Config {
  /** NODE_ENV is `production`: nothing is made up, a missing secret stops the boot. */
  readonly production: boolean;
  readonly port: number;
  readonly host: string;
  readonly roles: ReadonlySet<Role>;
  /** Null: the embedded Postgres of `dataDir`, never in production. */
  readonly databaseUrl: string | null;
  /** Leads to PostgreSQL itself where DATABASE_URL leads through a pooler. */
  readonly databaseDirectUrl: string | null;
  /** `transaction`: each transaction on DATABASE_URL may meet another session. */
  readonly databasePooling: Pooling;
  /** Absolute; what a developer's machine keeps between starts. */
  readonly dataDir: string;
  readonly vercel: VercelConfig;
  /** By slug, in the file's order. */
  readonly actions: ReadonlyMap<string, ActionDefinition>;
  /** Absolute. */
  readonly actionsFile: string;
  /** At least one; the first encrypts, all decrypt. */
  readonly encryptionKeys: readonly EncryptionKey[];
  /** May be empty with `oidc`. */
  readonly operatorTokens: readonly OperatorToken[];
  /** Null: operators have tokens of OPERATOR_TOKENS alone. */
  readonly oidc: OidcConfig | null;
  /** Without a slash at its end; null: deployments get no `statusUrl`. */
  readonly publicUrl: string | null;
  readonly retention: RetentionConfig;
  readonly logLevel: LogLevel;
  /** Null: no traces are made. */
  readonly tracing: TracingConfig | null;
  /** Secrets that were missing and were made; to be shown to the developer once. Empty in production. */
  readonly generated: readonly GeneratedSecret[];
  /** Sentences about what is allowed and yet hardly meant. */
  readonly warnings: readonly string[];
}

/** How Vercel is reached, and how it proves that it is Vercel. URLs have no slash at their end. */
export interface VercelConfig {
  /** At least one; a webhook may be signed with any. */
  readonly clientSecrets: readonly string[];
  /** The audience that Vercel's tokens must have; null: the partner API trusts nobody. */
  readonly integrationId: string | null;
  readonly apiUrl: string;
  readonly marketplaceIssuer: string;
  readonly marketplaceJwksUrl: string;
}

export interface ConfigOptions {
  /** What relative paths start from; the working directory by default. */
  readonly cwd?: string;
  /** Values for variables that are unset: `main` passes the addresses of the embedded Postgres. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** False: secrets that are missing are not made, only those that an earlier start has made are read. */
  readonly makeSecrets?: boolean;
}

/** What could be read, and what is wrong with it: with problems it is good for looking at, not for a server. */
export interface ReadConfig {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the environment and actions.yaml.
 *
 * @returns one deeply frozen object
 * @throws ConfigError with all problems of both at once
 */
export function loadConfig(environment: Environment = process.env, options: ConfigOptions = {}): Config {
  const { config, problems } = readConfig(environment, options);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** As {@link loadConfig}, without throwing. */
export function readConfig(environment: Environment = process.env, options: ConfigOptions = {}): ReadConfig {
  const cwd = options.cwd ?? process.cwd();
  const problems = new Problems();
  const env = withDefaults(environment, options.defaults ?? {});
  const variables = readEnvironment(env, problems);
  const used = new Set<string>();
  const actionsSource = variables.ACTIONS_FILE ?? DEFAULT_ACTIONS_FILE;
  const actionsFile = resolve(cwd, actionsSource);
  const lookUp = (name: string): string | undefined => {
    used.add(name);
    return env[name] === '' ? undefined : env[name];
  };
  const actions = readActionsFile(actionsFile, actionsSource, lookUp, problems);
  const production = variables.NODE_ENV === 'production';
  if (production) refuseInProduction(variables, actions, actionsSource, problems);
  const config = {
    ...plainSettings(variables, problems),
    oidc: oidcOf(variables, problems),
    retention: retentionOf(variables, problems),
    tracing: tracingOf(variables, problems),
    production,
    dataDir: resolve(cwd, DATA_DIR),
    actions,
    actionsFile,
    warnings: [...mistypedVariables(env, used), ...poolingWarnings(variables)],
  };
  // Secrets come last: nothing is written to the data directory for a configuration that will not start.
  const makes = options.makeSecrets !== false;
  const secrets = readSecrets(variables, { production, dataDir: config.dataDir, makes }, problems);
  const { clientSecrets, ...rest } = secrets;
  const whole = { ...config, ...rest, vercel: { ...config.vercel, clientSecrets } };
  return { config: deepFreeze(whole), problems: problems.all };
}

/**
 * Where the embedded Postgres keeps its data; null when none is wanted, because DATABASE_URL is set or this is
 * production. `main` asks before it loads the configuration, whose `defaults` name the database that it then starts.
 */
export function embeddedPostgresDir(
  env: Environment = process.env,
  cwd: string = process.cwd(),
): string | null {
  const forDevelopment = ['', 'development', 'test'].includes(env['NODE_ENV']?.trim() ?? '');
  return forDevelopment && !env['DATABASE_URL'] ? resolve(cwd, DATA_DIR) : null;
}

function withDefaults(env: Environment, defaults: Readonly<Record<string, string>>): Environment {
  const missing = Object.entries(defaults).filter(([name]) => env[name] === undefined || env[name] === '');
  return { ...env, ...Object.fromEntries(missing) };
}
