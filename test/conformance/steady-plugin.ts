import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type {
  DeprovisionRequest,
  Provisioner,
  ProvisionerPlugin,
  ProvisionRequest,
} from '../../src/provisioner/provisioner.js';

interface Thing {
  readonly id: number;
  readonly key: string;
  step: number;
}

/** A slow backend that can have several things for one key. */
export class SteadyBackend {
  things: Thing[] = [];
  #made = 0;

  make(key: string): Thing {
    const thing = { id: ++this.#made, key, step: 0 };
    this.things.push(thing);
    return thing;
  }

  of(key: string): Thing | undefined {
    return this.things.find((thing) => thing.key === key);
  }

  take(which: (thing: Thing) => boolean): void {
    this.things = this.things.filter((thing) => !which(thing));
  }

  find = (key: string): number[] => this.things.filter((thing) => thing.key === key).map(({ id }) => id);
}

export const configSchema = z.strictObject({
  server: z.strictObject({ host: z.string(), ports: z.array(z.number()) }),
  apiToken: z.string().min(8, 'must be a token of 8 characters or more'),
});
export const config = { server: { host: 'db.example', ports: [1, 2] }, apiToken: 'token-of-the-kit' };
export const invalidConfig = { ...config, server: { host: 5, ports: [] } };

type Verbs = Provisioner<{ step: number }>;
export type Change = (verbs: Required<Verbs>, backend: SteadyBackend) => Partial<Verbs>;

const STEPS = ['preparing the server', 'starting the server'];

/** Keeps every promise: makes its thing, named after its key, in two steps and removes it in two calls. */
function verbs(backend: SteadyBackend): Required<Verbs> {
  return {
    async provision({ key, derive, signal }: ProvisionRequest<{ step: number }>) {
      await sleep(2, undefined, { signal });
      const thing = backend.of(key) ?? backend.make(key);
      const message = STEPS[thing.step++];
      if (message !== undefined)
        return { status: 'pending', handle: { step: thing.step }, message, retryAfterMs: 100 };
      const password = Buffer.from(derive('password')).toString('base64url');
      const secrets = { DB_HOST: 'db.example', DB_USER: key, DB_PASSWORD: password };
      return { status: 'ready', handle: { step: STEPS.length + 1 }, secrets, message: 'the server runs' };
    },
    async deprovision({ key, signal }: DeprovisionRequest<{ step: number }>) {
      await sleep(2, undefined, { signal });
      const thing = backend.of(key);
      if (!thing) return { status: 'gone' };
      if (thing.step > 0) {
        thing.step = 0;
        return { status: 'pending', message: 'stopping the server', retryAfterMs: 100 };
      }
      backend.take((one) => one.key === key);
      return { status: 'gone' };
    },
    check: async () => undefined,
    list: async () => [...new Set(backend.things.map(({ key }) => key))],
    close: async () => undefined,
  };
}

/** The plugin with one part broken. */
export function steady(
  backend: SteadyBackend,
  change: Change = () => ({}),
  part: Partial<ProvisionerPlugin> = {},
): ProvisionerPlugin {
  const plugin: ProvisionerPlugin<z.infer<typeof configSchema>, { step: number }> = {
    apiVersion: 1,
    name: 'steady',
    configSchema,
    create: () => {
      const good = verbs(backend);
      return { ...good, ...change(good, backend) };
    },
  };
  return { ...plugin, ...part };
}
