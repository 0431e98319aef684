import { pathToFileURL } from 'node:url';
import { didYouMean } from './builtin/closest.js';
import { resolvePackage } from './package.resolving.js';
import type { ProvisionerPlugin } from './provisioner.js';

export type LoadedPlugin = ProvisionerPlugin;

type Found =
  { readonly ok: true; readonly plugin: LoadedPlugin } | { readonly ok: false; readonly message: string };

const BUILTINS: Readonly<Record<string, () => Promise<unknown>>> = {
  memory: () => import('./builtin/memory.js'),
  'postgres-branch': () => import('./builtin/postgres-branch/postgres-branch.js'),
};

/** Names that no package can have here: the loader looks among the builtins first. */
export const BUILTIN_NAMES: readonly string[] = Object.keys(BUILTINS);

/** A builtin by its name, otherwise the default export of an npm package as `cwd` sees it. */
export async function loadPlugin(
  name: string,
  { production, cwd }: { readonly production: boolean; readonly cwd: string },
): Promise<Found> {
  if (name === 'memory' && production) {
    return refuse(
      'memory keeps its things in this process only and is refused in production; name another provisioner',
    );
  }
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined;
  if (builtin) return checkPlugin(name, await builtin());
  return loadPackage(name, cwd);
}

async function loadPackage(name: string, cwd: string): Promise<Found> {
  const file = resolvePackage(name, cwd);
  if (file === null) {
    const builtins = Object.keys(BUILTINS);
    return refuse(
      `"${name}" is neither a builtin (${builtins.join(', ')}) nor a package installed in ${cwd}${didYouMean(name, builtins)}`,
    );
  }
  try {
    return checkPlugin(name, await import(pathToFileURL(file).href));
  } catch (error) {
    return refuse(`package "${name}" cannot be loaded: ${(error as Error).message}`);
  }
}

function checkPlugin(name: string, module: unknown): Found {
  const exported = (module as { default?: unknown }).default;
  // A CommonJS build of an ES module has its default one step further down.
  const plugin = ((exported as { default?: unknown } | undefined)?.default ?? exported) as
    Partial<LoadedPlugin> | undefined;
  if (typeof plugin !== 'object' || plugin === null)
    return refuse(`"${name}" has no plugin as its default export`);
  const wrong = [
    plugin.apiVersion !== 1 && `apiVersion is ${JSON.stringify(plugin.apiVersion)} and must be 1`,
    !/^[a-z][a-z0-9-]*$/.test(plugin.name ?? '') && 'name must be lower-case letters, digits and dashes',
    typeof plugin.configSchema?.['~standard']?.validate !== 'function' &&
      'configSchema must be a Standard Schema (zod, valibot, …)',
    typeof plugin.create !== 'function' && 'create must be a function',
  ].filter((problem) => typeof problem === 'string');
  if (wrong.length > 0)
    return refuse(`the default export of "${name}" is not a provisioner plugin: ${wrong.join('; ')}`);
  return { ok: true, plugin: plugin as LoadedPlugin };
}

const refuse = (message: string): Found => ({ ok: false, message });
