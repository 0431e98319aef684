import { embeddedPostgresDir, loadConfig, readConfig, type Config } from '../config/config.js';
import { databaseSettings, type DatabaseSettings } from '../config/env/database-url.js';
import type { ConfigProblem } from '../config/problems.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../database/embedded/embedded.js';

/** What the server and the command line stand on: the configuration, and the database that it means. */
export interface Runtime {
  readonly config: Config;
  readonly databaseUrl: string;
  /** Leaves the embedded PostgreSQL, if there is one. Close all pools first. May be called twice. */
  close(): Promise<void>;
}

/**
 * Reads environment and actions file; where they name no database, starts or joins the embedded one of this folder.
 *
 * @param say told what happens to the embedded one, a sentence at a time
 * @throws ConfigError with all that is wrong with the configuration
 */
export async function openRuntime(say: (text: string) => void): Promise<Runtime> {
  const postgres = await embedded(say);
  try {
    return groundOn(postgres);
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
}

/**
 * The database alone, for a migration: no other setting has to be there, least of all a secret.
 *
 * @throws ConfigError when DATABASE_URL is not usable
 */
export async function openDatabase(
  say: (text: string) => void,
): Promise<DatabaseSettings & { url: string } & Pick<Runtime, 'close'>> {
  const settings = databaseSettings();
  const postgres = await embedded(say);
  const url = settings.url ?? postgres?.url;
  if (url === undefined) throw new Error(NO_DATABASE);
  return { ...settings, url, close: async () => postgres?.stop() };
}

async function embedded(say: (text: string) => void): Promise<EmbeddedPostgres | null> {
  const dataDir = embeddedPostgresDir();
  const log = (message: string): void => say(`postgres: ${message}`);
  return dataDir === null ? null : startEmbeddedPostgres({ dataDir, log });
}

const NO_DATABASE = 'drawbridge: there is no database: set DATABASE_URL';

/** The ground as it is, whatever is wrong with it. */
export interface RuntimeReport {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  /** Null: none is named, or the embedded one does not start; `databaseProblem` says which. */
  readonly databaseUrl: string | null;
  readonly databaseProblem: string | null;
  close(): Promise<void>;
}

/** As {@link openRuntime}, without throwing: what is wrong stands in the answer. */
export async function inspectRuntime(say: (text: string) => void): Promise<RuntimeReport> {
  let [postgres, databaseProblem]: [EmbeddedPostgres | null, string | null] = [null, null];
  try {
    postgres = await embedded(say);
  } catch (error) {
    databaseProblem = `the embedded database does not start: ${(error as Error).message}`;
  }
  const read = readConfig(undefined, { defaults: defaultsOf(postgres) });
  const databaseUrl = read.config.databaseUrl ?? postgres?.url ?? null;
  if (databaseUrl === null) databaseProblem ??= 'there is no database: set DATABASE_URL';
  return { ...read, databaseUrl, databaseProblem, close: async () => postgres?.stop() };
}

const defaultsOf = (postgres: EmbeddedPostgres | null): Record<string, string> =>
  postgres ? { BRANCH_ADMIN_URL: postgres.adminUrl } : {};

function groundOn(postgres: EmbeddedPostgres | null): Runtime {
  const config = loadConfig(undefined, { defaults: defaultsOf(postgres) });
  const databaseUrl = config.databaseUrl ?? postgres?.url;
  if (databaseUrl === undefined) throw new Error(NO_DATABASE);
  return { config, databaseUrl, close: async () => postgres?.stop() };
}
