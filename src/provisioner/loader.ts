/**
 * Creates the provisioners of the configured actions: finds each plugin, checks its configuration, and
 * returns one instance per distinct configuration. One error reports all problems at boot.
 */
import { InstanceCache } from './instance-cache.js';
import { loadPlugin, type LoadedPlugin, type PluginOptions } from './plugin-loading.js';
import { toIssue, type ConfigIssue, unknownOptions, validate } from './plugin-config.js';
import { warningsOf } from './plugin-verbs.js';
import { errorText } from '../errors/error-text.js';
import type { Provisioner } from './provisioner.js';
import { endedBy } from './time-limit.js';

/** What the loader needs of an action in actions.yaml. */
export interface LoadedAction {
  readonly slug: string;
  readonly provisioner: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The keys of `config` that a resource's `settings.actions.<slug>` may override. */
  readonly options: readonly string[];
}

export interface LoaderOptions {
  readonly production: boolean;
  /** The folder from which npm packages are resolved. Default: the working directory. */
  readonly cwd?: string;
}

type Options = Readonly<Record<string, unknown>>;

export type Resolution =
  | {
      readonly ok: true;
      readonly provisioner: Provisioner;
      /** The plugin's name. */
      readonly plugin: string;
      readonly options: Options;
    }
  | { readonly ok: false; readonly message: string };

export interface LoadedProvisioners {
  /**
   * Returns the provisioner of an action for a resource with these settings, and the options that they
   * choose, which are stored with the allocation. `ok: false`: the slug is not declared, or the settings are
   * not valid. The person who deploys reads the message.
   */
  for(slug: string, settings: Options): Resolution;
  /**
   * Returns the provisioner for stored options, even if the resource's settings or the action's `options`
   * changed. `ok: false`: the slug is no longer declared, or its configuration no longer accepts the
   * options. Operators read the message.
   */
  madeWith(slug: string, options: Options): Resolution;
  /**
   * Runs every action's `check`. Throws an AggregateError whose message names each failed action and why.
   * Calls `warn` with each warning and its action.
   */
  check(signal: AbortSignal, warn?: (warning: string) => void): Promise<void>;
  /** Closes every instance, and then throws an AggregateError of the failures. */
  close(): Promise<void>;
}

/** All problems of the configured actions. */
export class ProvisionerLoadError extends Error {
  override readonly name = 'ProvisionerLoadError';
  constructor(readonly problems: readonly string[]) {
    super(
      `provisioners: ${problems.length} problem(s)\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    );
  }
}

interface PreparedAction {
  readonly action: LoadedAction;
  readonly plugin: LoadedPlugin;
  readonly base: Provisioner;
  /** The action's configuration as the plugin's schema reads it. */
  readonly configured: unknown;
}

export async function loadProvisioners(
  actions: readonly LoadedAction[],
  { production, cwd = process.cwd() }: LoaderOptions,
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

/**
 * Loads all plugins before any validates: a sequence then requires packages, which fails for one that is
 * still loading.
 */
async function loadPlugins(actions: readonly LoadedAction[], options: PluginOptions): Promise<Plugins> {
  const names = [...new Set(actions.map(({ provisioner }) => provisioner))];
  return new Map(
    await Promise.all(names.map(async (name) => [name, await loadPlugin(name, options)] as const)),
  );
}

function prepare(
  action: LoadedAction,
  plugins: Plugins,
  cache: InstanceCache,
): PreparedAction | { problems: string[] } {
  const at = `actions.${action.slug}`;
  const plugin = plugins.get(action.provisioner) as Awaited<ReturnType<typeof loadPlugin>>;
  if (!plugin.ok) return { problems: [`${at}.provisioner: ${plugin.message}`] };
  const checked = validate(plugin.plugin, action.config);
  if (!checked.ok)
    return {
      problems: checked.issues.map(({ path, text }) => `${[`${at}.config`, ...path].join('.')}: ${text}`),
    };
  const rejectedOptions = unknownOptions(plugin.plugin, action.config, action.options);
  if (rejectedOptions.length > 0)
    return { problems: rejectedOptions.map((text) => `${at}.options: ${text}`) };
  try {
    const base = cache.pin(plugin.plugin, action.config, checked.value);
    return { action, plugin: plugin.plugin, base, configured: checked.value };
  } catch (error) {
    return { problems: [`${at}.config: ${action.provisioner} rejects it: ${errorText(error)}`] };
  }
}

class Provisioners implements LoadedProvisioners {
  readonly #actions: ReadonlyMap<string, PreparedAction>;

  constructor(
    actions: readonly PreparedAction[],
    private readonly cache: InstanceCache,
  ) {
    this.#actions = new Map(actions.map((ready) => [ready.action.slug, ready]));
  }

  for(slug: string, settings: Options): Resolution {
    const ready = this.#actions.get(slug);
    if (!ready) return this.#undeclared(slug);
    const chosen = chosenBy(settings, slug);
    if (!isRecord(chosen))
      return rejected(`the resource's settings.actions.${slug} must be an object of option names and values`);
    const stray = Object.keys(chosen).filter((key) => !ready.action.options.includes(key));
    if (stray.length > 0) return rejected(strayOptions(slug, stray, ready.action.options));
    const resolved = this.#withOptions(ready, chosen);
    const issues = resolved.ok ? issuesOf(ready, chosen) : [];
    return issues.length > 0 ? rejected(invalidSettings(slug, issues)) : resolved;
  }

  madeWith(slug: string, options: Options): Resolution {
    const ready = this.#actions.get(slug);
    return ready ? this.#withOptions(ready, options) : this.#undeclared(slug);
  }

  async check(signal: AbortSignal, warn: (warning: string) => void = () => undefined): Promise<void> {
    const checks = [...this.#actions.values()].map(async ({ action, plugin, base }) => {
      try {
        const warnings = await runCheck(plugin, base, signal);
        for (const warning of warnings) warn(`actions.${action.slug}: ${warning}`);
      } catch (error) {
        throw new Error(`actions.${action.slug}: ${errorText(error)}`, { cause: error });
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

  #undeclared(slug: string): Resolution {
    return rejected(
      `action "${slug}" is not in actions.yaml; it has: ${[...this.#actions.keys()].join(', ')}`,
    );
  }

  #withOptions({ action, plugin, base }: PreparedAction, chosen: Options): Resolution {
    if (Object.keys(chosen).length === 0)
      return { ok: true, provisioner: base, plugin: plugin.name, options: chosen };
    const merged = { ...action.config, ...chosen };
    const checked = validate(plugin, merged);
    if (!checked.ok) return rejected(invalidSettings(action.slug, checked.issues));
    try {
      const provisioner = this.cache.get(plugin, merged, checked.value);
      return { ok: true, provisioner, plugin: plugin.name, options: chosen };
    } catch (error) {
      return rejected(`${plugin.name} rejects the resource's settings: ${errorText(error)}`);
    }
  }
}

/**
 * Returns the plugin's issues with a resource's options. A plugin that throws or returns no list rejects all
 * options.
 */
function issuesOf({ plugin, configured }: PreparedAction, chosen: Options): readonly ConfigIssue[] {
  if (plugin.optionIssues === undefined || Object.keys(chosen).length === 0) return [];
  try {
    return plugin.optionIssues(configured, chosen).map(toIssue);
  } catch (error) {
    return [{ path: [], text: `${plugin.name} failed to validate it: ${errorText(error)}` }];
  }
}

function invalidSettings(slug: string, issues: readonly ConfigIssue[]): string {
  const texts = issues.map(({ path, text }) => `${['settings.actions', slug, ...path].join('.')}: ${text}`);
  return `the resource's settings are not valid: ${texts.join('; ')}`;
}

/**
 * Runs `check` and returns its warnings. Does not wait for a check that runs on after its signal aborted.
 */
async function runCheck(
  { name }: LoadedPlugin,
  base: Provisioner,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = endedBy(signal, () => reject(new Error(`${name}: check did not end in time`)));
  try {
    return warningsOf(await Promise.race([base.check?.(signal), promise]));
  } finally {
    end();
  }
}

const rejected = (message: string): Resolution => ({ ok: false, message });

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
