/**
 * Turns the actions of the configuration into provisioners: finds each plugin, checks its configuration, and hands out
 * one instance per distinct configuration. Whatever is wrong at boot is told at once, in one error.
 */
import { InstanceCache } from './instance.cache.js';
import { loadPlugin, type LoadedPlugin, type PluginOptions } from './plugin.loading.js';
import { validate } from './plugin.config.js';
import { wordsOf } from './plugin.words.js';
import type { Provisioner } from './provisioner.js';
import { endedBy } from './time.limit.js';

/** What the loader needs of an action in actions.yaml. */
export interface ActionDefinition {
  readonly slug: string;
  readonly provisioner: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The keys of `config` that a resource's `settings.actions.<slug>` may override. */
  readonly options: readonly string[];
}

export interface LoadOptions {
  readonly production: boolean;
  /** Where npm packages are resolved from; the working directory unless told. */
  readonly cwd?: string;
}

export type Resolution =
  | {
      readonly ok: true;
      readonly provisioner: Provisioner;
      /** The plugin's name. */ readonly plugin: string;
    }
  | { readonly ok: false; readonly message: string };

export interface LoadedProvisioners {
  /**
   * The provisioner of an action for a resource with these settings. `ok: false`: the slug is not declared, or the
   * resource's settings are not valid; the message is for the person who deploys.
   */
  for(slug: string, settings: Readonly<Record<string, unknown>>): Resolution;
  /** Runs every action's `check`; throws an AggregateError whose message names each action that failed and why. */
  check(signal: AbortSignal): Promise<void>;
  /** Closes every instance; throws an AggregateError of what failed after all were tried. */
  close(): Promise<void>;
}

/** Everything that keeps the configured actions from being run. */
export class ProvisionerLoadError extends Error {
  override readonly name = 'ProvisionerLoadError';
  constructor(readonly problems: readonly string[]) {
    super(
      `provisioners: ${problems.length} problem(s)\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    );
  }
}

interface Ready {
  readonly action: ActionDefinition;
  readonly plugin: LoadedPlugin;
  readonly base: Provisioner;
}

export async function loadProvisioners(
  actions: readonly ActionDefinition[],
  { production, cwd = process.cwd() }: LoadOptions,
): Promise<LoadedProvisioners> {
  const cache = new InstanceCache();
  const plugins = await loadPlugins(actions, { production, cwd });
  const results = actions.map((action) => prepare(action, plugins, cache));
  const problems = results.flatMap((result) => ('problems' in result ? result.problems : []));
  if (problems.length > 0) {
    await cache.close();
    throw new ProvisionerLoadError(problems);
  }
  return new Provisioners(
    results.filter((result) => 'base' in result),
    cache,
  );
}

type Plugins = ReadonlyMap<string, Awaited<ReturnType<typeof loadPlugin>>>;

/** All before any is asked to validate: a sequence requires packages then, which fails for one that is still being imported. */
async function loadPlugins(actions: readonly ActionDefinition[], options: PluginOptions): Promise<Plugins> {
  const names = [...new Set(actions.map(({ provisioner }) => provisioner))];
  return new Map(
    await Promise.all(names.map(async (name) => [name, await loadPlugin(name, options)] as const)),
  );
}

function prepare(
  action: ActionDefinition,
  plugins: Plugins,
  cache: InstanceCache,
): Ready | { problems: string[] } {
  const at = `actions.${action.slug}`;
  const plugin = plugins.get(action.provisioner) as Awaited<ReturnType<typeof loadPlugin>>;
  if (!plugin.ok) return { problems: [`${at}.provisioner: ${plugin.message}`] };
  const checked = validate(plugin.plugin, action.config);
  if (!checked.ok)
    return {
      problems: checked.issues.map(({ path, text }) => `${[`${at}.config`, ...path].join('.')}: ${text}`),
    };
  try {
    return { action, plugin: plugin.plugin, base: cache.pin(plugin.plugin, action.config, checked.value) };
  } catch (error) {
    return { problems: [`${at}.config: ${action.provisioner} refuses it: ${wordsOf(error)}`] };
  }
}

class Provisioners implements LoadedProvisioners {
  readonly #actions: ReadonlyMap<string, Ready>;

  constructor(
    actions: readonly Ready[],
    private readonly cache: InstanceCache,
  ) {
    this.#actions = new Map(actions.map((ready) => [ready.action.slug, ready]));
  }

  for(slug: string, settings: Readonly<Record<string, unknown>>): Resolution {
    const ready = this.#actions.get(slug);
    if (!ready)
      return refuse(
        `action "${slug}" is not declared here; declared are: ${[...this.#actions.keys()].join(', ')}`,
      );
    const chosen = chosenBy(settings, slug);
    if (!isRecord(chosen))
      return refuse(`the resource's settings.actions.${slug} must be an object of option names and values`);
    const keys = Object.keys(chosen);
    if (keys.length === 0) return { ok: true, provisioner: ready.base, plugin: ready.plugin.name };
    const stray = keys.filter((key) => !ready.action.options.includes(key));
    if (stray.length > 0) return refuse(strayOptions(slug, stray, ready.action.options));
    return this.#withOptions(ready, chosen);
  }

  async check(signal: AbortSignal): Promise<void> {
    const checks = [...this.#actions.values()].map(async ({ action, plugin, base }) => {
      try {
        await runCheck(plugin, base, signal);
      } catch (error) {
        throw new Error(`actions.${action.slug}: ${wordsOf(error)}`, { cause: error });
      }
    });
    const errors = (await Promise.allSettled(checks)).flatMap((one) =>
      one.status === 'rejected' ? [one.reason] : [],
    );
    if (errors.length > 0)
      throw new AggregateError(errors, errors.map((error: Error) => error.message).join('\n'));
  }

  close(): Promise<void> {
    return this.cache.close();
  }

  #withOptions({ action, plugin }: Ready, chosen: Record<string, unknown>): Resolution {
    const merged = { ...action.config, ...chosen };
    const checked = validate(plugin, merged);
    if (!checked.ok) {
      const texts = checked.issues.map(
        ({ path, text }) => `${['settings.actions', action.slug, ...path].join('.')}: ${text}`,
      );
      return refuse(`the resource's settings are not valid: ${texts.join('; ')}`);
    }
    try {
      const provisioner = this.cache.get(plugin, merged, checked.value);
      return { ok: true, provisioner, plugin: plugin.name };
    } catch (error) {
      return refuse(`${plugin.name} refuses the resource's settings: ${wordsOf(error)}`);
    }
  }
}

/** A check that goes on in spite of its signal is given up: the others are waiting to be told. */
async function runCheck({ name }: LoadedPlugin, base: Provisioner, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = endedBy(signal, () => reject(new Error(`${name}: check did not end in time`)));
  try {
    await Promise.race([base.check?.(signal), promise]);
  } finally {
    end();
  }
}

const refuse = (message: string): Resolution => ({ ok: false, message });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function chosenBy(settings: Readonly<Record<string, unknown>>, slug: string): unknown {
  const actions = settings['actions'] ?? {};
  return isRecord(actions) ? (Object.hasOwn(actions, slug) ? (actions[slug] ?? {}) : {}) : null;
}

function strayOptions(slug: string, stray: readonly string[], options: readonly string[]): string {
  const names = stray.map((key) => `settings.actions.${slug}.${key}`).join(', ');
  const allowed = options.length === 0 ? 'this action has no options' : `options are: ${options.join(', ')}`;
  return `the resource's ${names} cannot be set; ${allowed}`;
}
