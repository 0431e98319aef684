import { readEnvironment, type Environment, type LogLevel } from './env.js';
import { Problems } from '../problems.js';
import { NEEDED_IN_PRODUCTION } from '../settings.js';

/** The settings of a migration, which runs without the other secrets. */
export interface DatabaseSettings {
  /**
   * Connects to PostgreSQL directly, because the migration lock needs a session. Null outside production: the
   * embedded database.
   */
  readonly url: string | null;
  readonly production: boolean;
  readonly logLevel: LogLevel;
}

/**
 * @throws ConfigError if DATABASE_URL is invalid, missing in production, or leads to a pooler in transaction
 * mode
 */
export function databaseSettings(environment: Environment = process.env): DatabaseSettings {
  const problems = new Problems();
  const { NODE_ENV, DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_POOLING, LOG_LEVEL } = environment;
  const given = { NODE_ENV, DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_POOLING, LOG_LEVEL };
  const variables = readEnvironment(given, problems);
  if (variables.DATABASE_POOLING === 'transaction' && variables.DATABASE_DIRECT_URL === undefined)
    problems.add(
      'environment',
      'DATABASE_DIRECT_URL',
      'is required by migrate, whose lock needs a session that lasts: set it to the address of ' +
        'PostgreSQL itself',
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
