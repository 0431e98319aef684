import { readEnvironment, type Environment, type LogLevel } from './env.js';
import { Problems } from './problems.js';
import { NEEDED_IN_PRODUCTION } from './settings.js';

/** What a migration needs; it should not have to be trusted with the other secrets. */
export interface DatabaseSettings {
  /** Null when it is unset outside of production: the embedded Postgres is meant. */
  readonly url: string | null;
  readonly production: boolean;
  readonly logLevel: LogLevel;
}

/** @throws ConfigError when DATABASE_URL is no URL of a database, or missing in production */
export function databaseSettings(environment: Environment = process.env): DatabaseSettings {
  const problems = new Problems();
  const { NODE_ENV, DATABASE_URL, LOG_LEVEL } = environment;
  const variables = readEnvironment({ NODE_ENV, DATABASE_URL, LOG_LEVEL }, problems);
  const production = variables.NODE_ENV === 'production';
  if (production && variables.DATABASE_URL === undefined) {
    const form = NEEDED_IN_PRODUCTION.DATABASE_URL;
    problems.add('environment', 'DATABASE_URL', `is required with NODE_ENV=production: ${form}`);
  }
  problems.throwIfAny();
  return { url: variables.DATABASE_URL ?? null, production, logLevel: variables.LOG_LEVEL ?? 'info' };
}
