/**
 * The reference provisioner: a Map of this process is the backend. It shows the shape of a plugin and serves
 * demos and tests. The loader rejects it in production, because its things disappear with the process.
 */
import { z } from 'zod';
import { rejectUnknownKeys } from './config-keys.js';
import type { ProvisionerPlugin } from '../provisioner.js';

interface Thing {
  readonly madeFor: string;
  /** The count of things ever made: a thing that is made again has another number. */
  readonly number: number;
}

/** The backend. It belongs to the module, not to an instance: a provisioner keeps no state of its own. */
const things = new Map<string, Thing>();
let made = 0;

/** Returns the thing of `key`, or null, without the plugin. For the conformance kit. */
export const find = (key: string): Thing | null => things.get(key) ?? null;

const configSchema = z.looseObject({}).superRefine(rejectUnknownKeys([]));

const plugin: ProvisionerPlugin<Record<string, unknown>, { key: string }> = {
  apiVersion: 1,
  name: 'memory',
  configSchema,
  create: () => ({
    async provision({ key, resource, derive, signal }) {
      signal.throwIfAborted();
      if (!things.has(key)) things.set(key, { madeFor: resource.id, number: ++made });
      const secrets = { MEMORY_KEY: key, MEMORY_TOKEN: Buffer.from(derive('token')).toString('hex') };
      return { status: 'ready', handle: { key }, secrets };
    },
    async deprovision({ key, signal }) {
      signal.throwIfAborted();
      things.delete(key);
      return { status: 'gone' };
    },
    async list() {
      return [...things.keys()];
    },
  }),
};

export default plugin;
