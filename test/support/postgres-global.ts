import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's URL of the PostgreSQL server of this run; see `createDatabase`. */
    postgresUrl: string;
  }
}

/**
 * Starts one PostgreSQL server for the whole run. Returns the function that stops it, which vitest also calls
 * after failures.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  project.provide('postgresUrl', postgres.url);
  return () => postgres.stop();
}
