import type { LoadedPlugin } from './plugin-loading.js';
import { provisionerOf } from './plugin-verbs.js';
import type { Provisioner } from './provisioner.js';
import { endedBy, within } from './time-limit.js';

/**
 * How many instances are kept for resources with options of their own. Those of actions.yaml are always
 * kept.
 */
const MAX_INSTANCES = 100;
/** How long `close` of a plugin may take, in milliseconds. */
const CLOSE_MS = 5_000;

interface Entry {
  readonly instance: Instance;
  readonly pinned: boolean;
}

/**
 * One instance per plugin and configuration. Removes the least recently used ones, and closes them after
 * their last call.
 */
export class InstanceCache {
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<Promise<void>>();
  readonly #plugins: LoadedPlugin[] = [];
  readonly #failed: unknown[] = [];

  constructor(private readonly kept: number = MAX_INSTANCES) {}

  /** Makes an instance that is never removed. Throws the error of `create`, which then stops the boot. */
  pin(plugin: LoadedPlugin, config: unknown, validated: unknown): Provisioner {
    return this.#entry(plugin, config, validated, true).facade;
  }

  get(plugin: LoadedPlugin, config: unknown, validated: unknown): Provisioner {
    const { facade } = this.#entry(plugin, config, validated, false);
    this.#evict();
    return facade;
  }

  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { instance } of entries) this.#retire(instance);
    await Promise.all(this.#closing);
    const errors = this.#failed.splice(0);
    if (errors.length > 0)
      throw new AggregateError(errors, `provisioners: ${errors.length} could not be closed`);
  }

  #entry(plugin: LoadedPlugin, config: unknown, validated: unknown, pinned: boolean): Instance {
    const id = `${this.#pluginId(plugin)} ${stableJson(config)}`;
    const known = this.#entries.get(id);
    const instance = known?.instance ?? new Instance(plugin, validated, (retired) => this.#retire(retired));
    this.#entries.delete(id);
    this.#entries.set(id, { instance, pinned: pinned || known?.pinned === true });
    return instance;
  }

  #pluginId(plugin: LoadedPlugin): number {
    const index = this.#plugins.indexOf(plugin);
    return index === -1 ? this.#plugins.push(plugin) - 1 : index;
  }

  #evict(): void {
    const loose = [...this.#entries].filter(([, entry]) => !entry.pinned);
    for (const [id, { instance }] of loose.slice(0, Math.max(0, loose.length - this.kept))) {
      this.#entries.delete(id);
      this.#retire(instance);
    }
  }

  #retire(instance: Instance): void {
    const closing: Promise<void> = instance
      .retire()
      .catch((error: unknown) => void this.#failed.push(error))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

/**
 * Counts its running verbs, and is closed after the last one ended. Does not wait for a verb that continues
 * after its signal aborted. A verb called after the close, by a caller that got the facade just before, makes
 * the provisioner again; it is closed again afterwards.
 */
class Instance {
  readonly facade: Provisioner;
  #inner: Provisioner | undefined;
  #running = 0;
  #retired = false;
  #idle: (() => void) | undefined;

  constructor(
    private readonly plugin: LoadedPlugin,
    private readonly config: unknown,
    private readonly retireAgain: (instance: Instance) => void,
  ) {
    const inner = this.#make();
    this.facade = {
      provision: (request) => this.#use(request.signal, (provisioner) => provisioner.provision(request)),
      deprovision: (request) => this.#use(request.signal, (provisioner) => provisioner.deprovision(request)),
      ...(inner.check
        ? {
            check: (signal: AbortSignal) =>
              this.#use(signal, async (provisioner) => provisioner.check?.(signal)),
          }
        : {}),
      ...(inner.list
        ? {
            list: (signal: AbortSignal) =>
              this.#use(signal, async (provisioner) => provisioner.list?.(signal) ?? []),
          }
        : {}),
    };
  }

  async retire(): Promise<void> {
    this.#retired = true;
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    const inner = this.#inner;
    this.#inner = undefined;
    this.#idle = undefined;
    const late = (): Error => new Error(`${this.plugin.name}: close did not end within ${CLOSE_MS / 1000} s`);
    await within(CLOSE_MS, late, async () => inner?.close?.());
  }

  #make(): Provisioner {
    this.#inner = provisionerOf(this.plugin.name, this.plugin.create(this.config));
    return this.#inner;
  }

  async #use<T>(signal: AbortSignal, verb: (provisioner: Provisioner) => Promise<T>): Promise<T> {
    const inner = this.#inner ?? this.#make();
    this.#running += 1;
    const end = endedBy(signal, () => {
      this.#running -= 1;
      if (this.#running === 0) this.#ended();
    });
    try {
      return await verb(inner);
    } finally {
      end();
    }
  }

  #ended(): void {
    if (this.#idle) this.#idle();
    else if (this.#retired) this.retireAgain(this);
  }
}

/** Returns JSON with sorted keys: the same text for the same content. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
