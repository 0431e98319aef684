/**
 * A plugin that adds spans of its own through the API package, and has secrets that must not appear in a
 * trace: the password in `admin` and its own secret. `settings.way` names the end of a call. A file for each
 * deployment records that a call was made.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';

const tracer = trace.getTracer('traced-db');

class PermanentError extends Error {
  name = 'PermanentError';
}

async function make(dir, { id }, way, signal) {
  const mark = join(dir, `called-${id}`);
  const first = !existsSync(mark);
  writeFileSync(mark, '');
  if (!first || way !== 'hangs once') return;
  const { promise, reject } = Promise.withResolvers();
  signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  const alive = setInterval(() => undefined, 1_000);
  await promise.finally(() => clearInterval(alive));
}

export default {
  apiVersion: 1,
  name: 'traced-db',
  configSchema: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (config) =>
        typeof config?.admin === 'string' && typeof config?.dir === 'string'
          ? { value: config }
          : { issues: [{ message: 'must have admin and dir', path: [] }] },
    },
  },
  create({ admin, dir }) {
    return {
      async provision({ deployment, resource, signal, log }) {
        return tracer.startActiveSpan('create database', async (span) => {
          try {
            const { way, secret } = resource.settings;
            log('making it');
            if (way === 'fails')
              throw new PermanentError(`no room on ${admin} (password=${new URL(admin).password})`);
            await make(dir, deployment, way, signal);
            return { status: 'ready', handle: null, secrets: { DATABASE_URL: secret } };
          } finally {
            span.end();
          }
        });
      },
      deprovision: async () => ({ status: 'gone' }),
    };
  },
};
