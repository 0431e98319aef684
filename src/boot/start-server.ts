import type { Config } from '../config/config.js';
import { accessOf } from '../database/connection/pooling.js';
import { requireDeclaredPooler } from '../database/connection/pooling-check.js';
import { requireWritableDatabase } from '../database/connection/preflight.js';
import { logEvent, setLogLevel } from '../log/log.js';
import { VERSION } from '../version.js';
import { startApplication, type Application } from './create-app.js';
import { migrateAndReport } from './migrate-command.js';
import { openRuntime, type Runtime } from './runtime.js';
import { announce, printNotice } from './terminal.js';

/** The server that a signal shuts down. */
export interface RunningServer extends Pick<Application, 'inFlight' | 'stop'> {
  readonly production: boolean;
}

/**
 * The boot of a server process, in this order:
 *
 * 1. Runtime: read the configuration; start or join the embedded PostgreSQL if no database is configured
 *    (runtime.ts).
 * 2. Log level.
 * 3. Database: refuse an unknown pooler, and a database that will keep refusing writes.
 * 4. Migrations, outside of production; in production a Job runs `migrate`.
 * 5. Announcements: warnings of the configuration, generated secrets.
 * 6. Application (create-app.ts): tracing; modules, which load the plugins and open the pools; the API
 *    document; the modules' bootstrap, which starts worker and sweeper; the port; the startup probe.
 * 7. Log event `started`.
 *
 * A failed step ends the boot. The shutdown is in shutdown.ts.
 */
export async function startServer(): Promise<RunningServer> {
  const runtime = await openRuntime(printNotice);
  try {
    return await startOn(runtime);
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

async function startOn({ config, databaseUrl, close }: Runtime): Promise<RunningServer> {
  setLogLevel(config.logLevel);
  await prepareDatabase(config, databaseUrl);
  announce(config);
  const app = await startApplication(config, databaseUrl, close);
  report(config, app.url);
  return { production: config.production, inFlight: app.inFlight, stop: app.stop };
}

async function prepareDatabase(config: Config, databaseUrl: string): Promise<void> {
  const access = accessOf(config, databaseUrl);
  await requireDeclaredPooler(access);
  await requireWritableDatabase(access);
  if (!config.production && access.sessionUrl !== null)
    await migrateAndReport(access.sessionUrl, config.production);
}

function report({ production, roles }: Config, url: string): void {
  if (!production) printNotice(`drawbridge: ${[...roles].join(' and ')} at ${url}`);
  logEvent('started', { url, roles: [...roles].toSorted().join(','), version: VERSION });
}
