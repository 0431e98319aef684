/**
 * A plugin that keeps every promise as long as one process does everything. Its things are files, but a
 * variable of this module counts how often each was made, and passwords depend on the count.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const dir = mkdtempSync(join(tmpdir(), 'drawbridge-module-memory-'));
export const find = (key) => (existsSync(join(dir, key)) ? key : null);

/** A random number of each process. */
const salt = Math.random();

export default {
  apiVersion: 1,
  name: 'module-memory',
  configSchema: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate(config) {
        const stray = Object.keys(config).find((key) => key !== 'dir');
        if (stray !== undefined) return { issues: [{ message: 'is not known', path: [stray] }] };
        return typeof config.dir === 'string'
          ? { value: config }
          : { issues: [{ message: 'must be a text', path: ['dir'] }] };
      },
    },
  },
  create: (config) => ({
    async provision({ key, derive, signal }) {
      signal.throwIfAborted();
      writeFileSync(join(config.dir, key), '');
      const password = Buffer.from(derive(`password ${salt}`)).toString('hex');
      return { status: 'ready', handle: null, secrets: { PASSWORD: password } };
    },
    async deprovision({ key, signal }) {
      signal.throwIfAborted();
      rmSync(join(config.dir, key), { force: true });
      return { status: 'gone' };
    },
    list: async () => readdirSync(config.dir),
  }),
};
