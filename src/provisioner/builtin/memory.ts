/**
 * The reference provisioner: a Map of this process in place of a backend. It shows the shape of a plugin and serves demos
 * and tests; the loader refuses it in production, because its things vanish with the process.
 */
import { z } from 'zod';
import { rejectUnknownKeys } from './config-keys.js';
import type { ProvisionerPlugin } from '../provisioner.js';

interface Thing {
  readonly madeFor: string;
  /** Counts what was ever made here: a thing made anew has another number. */
  readonly number: number;
}

/** The "outside". It belongs to the module and not to an instance: what has to last never lives in a provisioner. */
const things = new Map<string, Thing>();
let made = 0;

/** Looks behind the plugin's back: what exists for `key`, or null. For the conformance kit. */
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
