import { embeddedPostgresDir, loadConfig, readConfig, type Config } from '../config/config.js';
import { databaseSettings, type DatabaseSettings } from '../config/env/database-url.js';
import type { ConfigProblem } from '../config/problems.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../database/embedded/embedded.js';

/** The first needs of the server and the command line: the configuration and the URL of its database. */
export interface Runtime {
  readonly config: Config;
  readonly databaseUrl: string;
  /** Leaves the embedded PostgreSQL if it is used. Close all pools first. May be called twice. */
  close(): Promise<void>;
}

/**
 * Reads the environment and actions.yaml. Starts or joins the embedded PostgreSQL of this folder if they name
 * no database.
 *
 * @param print receives one sentence for each event of the embedded PostgreSQL
 * @throws ConfigError with every problem of the configuration
 */
export async function openRuntime(print: (text: string) => void): Promise<Runtime> {
  const postgres = await embedded(print);
  try {
    return runtimeOn(postgres);
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
}

/**
 * Opens the database for a migration. Requires no other setting and no secret.
 *
 * @throws ConfigError when DATABASE_URL is invalid
 */
export async function openDatabase(
  print: (text: string) => void,
): Promise<DatabaseSettings & { url: string } & Pick<Runtime, 'close'>> {
  const settings = databaseSettings();
  const postgres = await embedded(print);
  const url = settings.url ?? postgres?.url;
  if (url === undefined) throw new Error(NO_DATABASE);
  return { ...settings, url, close: async () => postgres?.stop() };
}

async function embedded(print: (text: string) => void): Promise<EmbeddedPostgres | null> {
  const dataDir = embeddedPostgresDir();
  const log = (message: string): void => print(`postgres: ${message}`);
  return dataDir === null ? null : startEmbeddedPostgres({ dataDir, log });
}

const NO_DATABASE = 'drawbridge: no database is configured: set DATABASE_URL';

/** A runtime with its problems, for `drawbridge doctor`. */
export interface RuntimeReport {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  /**
   * Null without a database, or when the embedded PostgreSQL does not start; `databaseProblem` gives the
   * reason.
   */
  readonly databaseUrl: string | null;
  readonly databaseProblem: string | null;
  close(): Promise<void>;
}

/** Does the same as {@link openRuntime}, but returns the problems instead of throwing them. */
export async function inspectRuntime(print: (text: string) => void): Promise<RuntimeReport> {
  let [postgres, databaseProblem]: [EmbeddedPostgres | null, string | null] = [null, null];
  try {
    postgres = await embedded(print);
  } catch (error) {
    databaseProblem = `the embedded database does not start: ${(error as Error).message}`;
  }
  const read = readConfig(undefined, { defaults: defaultsOf(postgres) });
  const databaseUrl = read.config.databaseUrl ?? postgres?.url ?? null;
  if (databaseUrl === null) databaseProblem ??= 'no database is configured: set DATABASE_URL';
  return { ...read, databaseUrl, databaseProblem, close: async () => postgres?.stop() };
}

const defaultsOf = (postgres: EmbeddedPostgres | null): Record<string, string> =>
  postgres ? { BRANCH_ADMIN_URL: postgres.adminUrl } : {};

function runtimeOn(postgres: EmbeddedPostgres | null): Runtime {
  const config = loadConfig(undefined, { defaults: defaultsOf(postgres) });
  const databaseUrl = config.databaseUrl ?? postgres?.url;
  if (databaseUrl === undefined) throw new Error(NO_DATABASE);
  return { config, databaseUrl, close: async () => postgres?.stop() };
}
