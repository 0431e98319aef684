import { readEnvironment, type Environment, type LogLevel } from './env.js';
import { Problems } from '../problems.js';
import { NEEDED_IN_PRODUCTION } from '../settings.js';

/** What a migration needs; it should not have to be trusted with the other secrets. */
export interface DatabaseSettings {
  /** Leads to PostgreSQL itself, whose session holds the lock. Null when it is unset outside of production: the embedded Postgres is meant. */
  readonly url: string | null;
  readonly production: boolean;
  readonly logLevel: LogLevel;
}

/** @throws ConfigError when DATABASE_URL is no URL of a database, or missing in production, or that of a pooler which keeps no session */
export function databaseSettings(environment: Environment = process.env): DatabaseSettings {
  const problems = new Problems();
  const { NODE_ENV, DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_POOLING, LOG_LEVEL } = environment;
  const given = { NODE_ENV, DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_POOLING, LOG_LEVEL };
  const variables = readEnvironment(given, problems);
  if (variables.DATABASE_POOLING === 'transaction' && variables.DATABASE_DIRECT_URL === undefined)
    problems.add(
      'environment',
      'DATABASE_DIRECT_URL',
      'is required by migrate: its lock needs a session that is kept',
    );
  const production = variables.NODE_ENV === 'production';
  if (production && variables.DATABASE_URL === undefined) {
    const form = NEEDED_IN_PRODUCTION.DATABASE_URL;
    problems.add('environment', 'DATABASE_URL', `is required with NODE_ENV=production: ${form}`);
  }
  problems.throwIfAny();
  const url = variables.DATABASE_DIRECT_URL ?? variables.DATABASE_URL ?? null;
  return { url, production, logLevel: variables.LOG_LEVEL ?? 'info' };
}
