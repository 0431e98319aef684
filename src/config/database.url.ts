import { readEnvironment, type Environment } from './env.js';
import { Problems } from './problems.js';
import { NEEDED_IN_PRODUCTION } from './settings.js';

/**
 * The URL for a migration and what it hangs on, no other setting: a migration should not have to be trusted with the other secrets. It leads to
 * PostgreSQL itself, whose session holds the lock.
 *
 * @returns null when it is unset outside of production: the embedded Postgres is meant
 * @throws ConfigError when it is no URL of a database, missing in production, or that of a pooler which keeps no session
 */
export function databaseUrlOf(environment: Environment = process.env): string | null {
  const problems = new Problems();
  const { NODE_ENV, DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_POOLING } = environment;
  const given = { NODE_ENV, DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_POOLING };
  const variables = readEnvironment(given, problems);
  if (variables.DATABASE_POOLING === 'transaction' && variables.DATABASE_DIRECT_URL === undefined)
    problems.add(
      'environment',
      'DATABASE_DIRECT_URL',
      'is required by migrate: its lock needs a session that is kept',
    );
  if (variables.NODE_ENV === 'production' && variables.DATABASE_URL === undefined) {
    const form = NEEDED_IN_PRODUCTION.DATABASE_URL;
    problems.add('environment', 'DATABASE_URL', `is required with NODE_ENV=production: ${form}`);
  }
  problems.throwIfAny();
  return variables.DATABASE_DIRECT_URL ?? variables.DATABASE_URL ?? null;
}
