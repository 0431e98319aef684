import { embeddedPostgresDir, loadConfig, type Config } from './config/config.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './database/embedded.js';

/** What the server and the command line stand on: the configuration, and the database that it means. */
export interface Ground {
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
export async function openGround(say: (text: string) => void): Promise<Ground> {
  const dataDir = embeddedPostgresDir();
  const log = (message: string): void => say(`postgres: ${message}`);
  const postgres = dataDir === null ? null : await startEmbeddedPostgres({ dataDir, log });
  try {
    return groundOn(postgres);
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
}

function groundOn(postgres: EmbeddedPostgres | null): Ground {
  const config = loadConfig(undefined, { defaults: postgres ? { BRANCH_ADMIN_URL: postgres.adminUrl } : {} });
  const databaseUrl = config.databaseUrl ?? postgres?.url;
  if (databaseUrl === undefined) throw new Error('drawbridge: there is no database: set DATABASE_URL');
  return { config, databaseUrl, close: async () => postgres?.stop() };
}
