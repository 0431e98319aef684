/**
 * The backend of these plugins: a file for each key in the folder `dir` of their configuration, like a server
 * that survives every process. Each call adds a line to `calls.jsonl` beside it. Tests read both directly.
 */
import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const configSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (config) =>
      typeof config?.dir === 'string'
        ? { value: config }
        : { issues: [{ message: 'must be a text', path: ['dir'] }] },
  },
};

export function backend({ dir }) {
  const fileOf = (key) => join(dir, `thing-${key}`);
  return {
    note: (key, what, more = {}) =>
      appendFileSync(join(dir, 'calls.jsonl'), `${JSON.stringify({ key, what, at: Date.now(), ...more })}\n`),
    make: (key) => writeFileSync(fileOf(key), ''),
    has: (key) => existsSync(fileOf(key)),
    take: (key) => rmSync(fileOf(key), { force: true }),
  };
}

/** Resolves after `ms`, or rejects as soon as the signal is aborted. */
export function rest(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(new Error('aborted'))), {
      once: true,
    });
  });
}

/** Removes the thing at once. */
export function deprovision(server) {
  return async ({ key }) => {
    server.note(key, 'deprovision', { there: server.has(key) });
    server.take(key);
    return { status: 'gone' };
  };
}
