import type { TestContext } from 'vitest';
import { createDatabase, startPostgres } from '../../support/postgres.js';
import { FILL_TEMPLATE, query, type CrashOptions } from './crash-world.js';

/**
 * Starts a server for the branches of one world. On a shared server, the audit finds the branches of other
 * worlds as strays.
 */
export async function ownBranches(
  context: Pick<TestContext, 'onTestFinished'>,
): Promise<NonNullable<CrashOptions['branches']>> {
  const server = await startPostgres();
  context.onTestFinished(() => server.stop());
  const template = await createDatabase({ name: 'template', server: server.url });
  await query(template.url, FILL_TEMPLATE);
  return { url: server.url, template: template.name };
}
