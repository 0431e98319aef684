import { readEnvironment, type Environment } from './env.js';
import { Problems } from './problems.js';
import { NEEDED_IN_PRODUCTION } from './settings.js';

/**
 * DATABASE_URL alone, for what needs no other setting: a migration should not have to be trusted with the other secrets.
 *
 * @returns null when it is unset outside of production: the embedded Postgres is meant
 * @throws ConfigError when it is no URL of a database, or missing in production
 */
export function databaseUrlOf(environment: Environment = process.env): string | null {
  const problems = new Problems();
  const { NODE_ENV, DATABASE_URL } = environment;
  const variables = readEnvironment({ NODE_ENV, DATABASE_URL }, problems);
  if (variables.NODE_ENV === 'production' && variables.DATABASE_URL === undefined) {
    const form = NEEDED_IN_PRODUCTION.DATABASE_URL;
    problems.add('environment', 'DATABASE_URL', `is required with NODE_ENV=production: ${form}`);
  }
  problems.throwIfAny();
  return variables.DATABASE_URL ?? null;
}
