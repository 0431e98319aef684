import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { didYouMean } from './builtin/closest.js';
import { resolvePackage } from './package-resolving.js';
import { errorText } from '../errors/error-text.js';
import type { ProvisionerPlugin } from './provisioner.js';
import { within } from './time-limit.js';

export type LoadedPlugin = ProvisionerPlugin;

export interface PluginOptions {
  readonly production: boolean;
  /** The folder from which npm packages are resolved. */
  readonly cwd: string;
  /** How long a package may take to load, in milliseconds. Default: 30,000. */
  readonly loadMs?: number;
}

type LoadResult =
  { readonly ok: true; readonly plugin: LoadedPlugin } | { readonly ok: false; readonly message: string };

const BUILTINS: Readonly<Record<string, (options: PluginOptions) => Promise<unknown>>> = {
  'env-vars': () => import('./builtin/env-vars/env-vars.js'),
  memory: () => import('./builtin/memory.js'),
  'neon-branch': () => import('./builtin/neon-branch/neon-branch.js'),
  http: () => import('./builtin/http/http.js'),
  'postgres-branch': () => import('./builtin/postgres-branch/postgres-branch.js'),
  'postgres-sql': () => import('./builtin/postgres-sql/postgres-sql.js'),
  readiness: () => import('./builtin/readiness/readiness.js'),
  sequence: (options) => makeSequence(options),
};

/**
 * The builtins' names. No package can have one of them, because the loader looks among the builtins first.
 */
export const BUILTIN_NAMES: readonly string[] = Object.keys(BUILTINS);

/** Loads a builtin by its name, or the default export of an npm package resolved from `cwd`. */
export async function loadPlugin(name: string, options: PluginOptions): Promise<LoadResult> {
  if (name === 'memory' && options.production) return failed(MEMORY_REFUSED);
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined;
  if (builtin) return checkPlugin(name, await builtin(options));
  return loadPackage(name, options);
}

const MEMORY_REFUSED =
  'memory keeps its things in this process only, so it cannot be used in production; set another provisioner';

/**
 * `sequence` looks up its steps' plugins synchronously while it validates: builtins are loaded here,
 * packages by `require`.
 */
async function makeSequence(options: PluginOptions): Promise<unknown> {
  const { sequenceOf } = await import('./builtin/sequence/sequence.js');
  const others = Object.entries(BUILTINS).filter(([name]) => name !== 'sequence');
  const builtins = new Map(
    await Promise.all(others.map(async ([name, load]) => [name, await load(options)] as const)),
  );
  const find = (name: string): LoadResult => {
    if (name === 'sequence') return failed('a sequence cannot be a step of a sequence; write its steps here');
    if (name === 'memory' && options.production) return failed(MEMORY_REFUSED);
    if (builtins.has(name)) return checkPlugin(name, builtins.get(name));
    return requirePackage(name, options.cwd);
  };
  return { default: sequenceOf(find) };
}

const LOAD_MS = 30_000;

async function loadPackage(name: string, { cwd, loadMs = LOAD_MS }: PluginOptions): Promise<LoadResult> {
  const file = locate(name, cwd);
  if (typeof file !== 'string') return file;
  try {
    const late = () => new Error(`its top-level await did not end within ${loadMs / 1_000} s`);
    return checkPlugin(name, await within(loadMs, late, () => import(pathToFileURL(file).href)));
  } catch (error) {
    return notLoaded(name, error);
  }
}

function requirePackage(name: string, cwd: string): LoadResult {
  const file = locate(name, cwd);
  if (typeof file !== 'string') return file;
  try {
    return checkPlugin(name, { default: createRequire(import.meta.url)(file) as unknown });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_REQUIRE_ASYNC_MODULE') return notLoaded(name, error);
    return failed(
      `package "${name}" has a top-level await, so it cannot be a step of a sequence; await in ` +
        'check or in the verbs instead',
    );
  }
}

/** Returns the file to load, or the reason why it has none. */
function locate(name: string, cwd: string): string | LoadResult {
  try {
    return resolvePackage(name, cwd) ?? notInstalled(name, cwd);
  } catch (error) {
    return notLoaded(name, error);
  }
}

function notInstalled(name: string, cwd: string): LoadResult {
  const builtins = Object.keys(BUILTINS);
  return failed(
    `"${name}" is neither a builtin (${builtins.join(', ')}) nor a package installed in ` +
      `${cwd}${didYouMean(name, builtins)}`,
  );
}

function notLoaded(name: string, error: unknown): LoadResult {
  return failed(`package "${name}" cannot be loaded: ${errorText(error)}`);
}

function checkPlugin(name: string, module: unknown): LoadResult {
  const exported = (module as { default?: unknown }).default;
  // A CommonJS build of an ES module has its default one step further down.
  const plugin = ((exported as { default?: unknown } | undefined)?.default ?? exported) as
    Partial<LoadedPlugin> | undefined;
  if (typeof plugin !== 'object' || plugin === null)
    return failed(`"${name}" has no default export that is a plugin`);
  const wrong = [
    plugin.apiVersion !== 1 && `apiVersion is ${JSON.stringify(plugin.apiVersion)} and must be 1`,
    !/^[a-z][a-z0-9-]*$/.test(plugin.name ?? '') && 'name must be lower-case letters, digits and dashes',
    typeof plugin.configSchema?.['~standard']?.validate !== 'function' &&
      'configSchema must be a Standard Schema (zod, valibot, …)',
    typeof plugin.create !== 'function' && 'create must be a function',
  ].filter((problem) => typeof problem === 'string');
  if (wrong.length > 0)
    return failed(`the default export of "${name}" is not a provisioner plugin: ${wrong.join('; ')}`);
  return { ok: true, plugin: plugin as LoadedPlugin };
}

const failed = (message: string): LoadResult => ({ ok: false, message });
