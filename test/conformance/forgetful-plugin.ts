import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ProvisionerPlugin } from '../../src/provisioner/provisioner.js';

/** The backend: things under generated ids, each labelled with its key. */
const things = new Map<string, { key: string; password: string }>();

/** Every thing that was made for `key`. */
export const find = (key: string): string[] =>
  [...things].filter(([, thing]) => thing.key === key).map(([id]) => id);

/**
 * A provisioner with a common mistake: only the instance that made a thing knows its id. The plugin works as
 * long as one process does everything, and leaks after the first restart.
 */
const plugin: ProvisionerPlugin<{ region?: string | undefined }, null> = {
  apiVersion: 1,
  name: 'forgetful',
  configSchema: z.strictObject({ region: z.string().optional() }),
  create() {
    const ids = new Map<string, string>();
    return {
      async provision({ key }) {
        const id = ids.get(key) ?? randomUUID();
        ids.set(key, id);
        const thing = things.get(id) ?? { key, password: randomUUID() };
        things.set(id, thing);
        return { status: 'ready', handle: null, secrets: { PASSWORD: thing.password } };
      },
      async deprovision({ key }) {
        things.delete(ids.get(key) ?? '');
        return { status: 'gone' };
      },
    };
  },
};

export default plugin;
