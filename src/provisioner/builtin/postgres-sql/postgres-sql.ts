/**
 * Runs a folder of `.sql` files, each once and in a transaction together with its record. It makes nothing outside of the
 * database that it runs in, so there is nothing to take away. See docs/provisioners/postgres-sql.md.
 */
import { PermanentError, type ProvisionerPlugin, type ProvisionRequest } from '../../provisioner.js';
import { fill, fillUrl, valuesOf } from '../template.js';
import { configSchema, isFixed, isPostgresUrl, type SqlConfig } from './config.js';
import { explainUnreached, TurnTaken } from './failure.js';
import { readFolder } from './folder.js';
import { runFiles } from './run.js';
import { ScriptSession } from './session.js';

const plugin: ProvisionerPlugin<SqlConfig, null> = {
  apiVersion: 1,
  name: 'postgres-sql',
  configSchema,
  templates: true,
  create: (config) => ({
    async provision(request) {
      const { signal } = request;
      signal.throwIfAborted();
      const url = urlFor(config.url, request);
      try {
        const files = await readFolder(config.folder);
        const { ran, of } = await ScriptSession.with(url, request, (session) =>
          runFiles(session, files, config.table),
        );
        if (ran === of) return { status: 'ready', handle: null };
        return { status: 'pending', message: `postgres-sql: ran ${ran} of ${of} files`, retryAfterMs: 100 };
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TurnTaken)
          return { status: 'pending', message: error.message, retryAfterMs: 500 };
        throw explainUnreached(error);
      }
    },

    async deprovision({ signal }) {
      signal.throwIfAborted();
      return { status: 'gone' };
    },

    async check(signal) {
      const caller = { signal, log: () => undefined }; // outside of any action: there is no log to write to
      try {
        await readFolder(config.folder);
        if (!isFixed(config.url)) return;
        const url = new URL(fill(config.url, () => null));
        await ScriptSession.with(url, caller, (session) => session.query('select 1'));
      } catch (error) {
        signal.throwIfAborted();
        throw explainUnreached(error);
      }
    },
  }),
};

function urlFor(template: string, request: ProvisionRequest<null>): URL {
  const url = filled(template, request);
  if (isPostgresUrl(url)) return new URL(url);
  throw new PermanentError(
    'postgres-sql: what config.url is filled in to is no postgres url: postgresql://user:password@host:port/database',
  );
}

function filled(template: string, request: ProvisionRequest<null>): string {
  try {
    return fillUrl(template, valuesOf(request));
  } catch (error) {
    throw new PermanentError(`postgres-sql: config.url: ${(error as Error).message}`, { cause: error });
  }
}

export default plugin;
