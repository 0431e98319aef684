/**
 * Finds the ES module of a package from another folder. `import.meta.resolve` searches only from this file,
 * and `require.resolve` does not find packages that export for `import` only.
 */
import { readFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

const CONDITIONS = ['node', 'import', 'module-sync', 'default'];

/**
 * Returns the file to import for `specifier` (a package name, or a path in it), or null when it is not
 * installed.
 */
export function resolvePackage(specifier: string, cwd: string): string | null {
  const from = join(cwd, 'package.json');
  return resolveExports(specifier, from) ?? resolveRequired(specifier, from);
}

function resolveExports(specifier: string, from: string): string | null {
  if (!/^[@a-z0-9]/i.test(specifier)) return null;
  const manifest = locate(specifier, from);
  if (manifest === undefined) return null;
  const { name, exports } = readManifest(manifest);
  if (name === undefined || !specifier.startsWith(name)) return null;
  const subpath = `.${specifier.slice(name.length)}`;
  const target = pick(entryOf(exports, subpath));
  return target === null ? null : join(dirname(manifest), target);
}

function readManifest(file: string): { name?: string; exports?: unknown } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { name?: string; exports?: unknown };
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function locate(specifier: string, from: string): string | undefined {
  try {
    return findPackageJSON(specifier, from);
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function entryOf(exports: unknown, subpath: string): unknown {
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports))
    return subpath === '.' ? exports : null;
  const keys = Object.keys(exports);
  const hasSubpaths = keys.some((key) => key.startsWith('.'));
  if (hasSubpaths) return (exports as Record<string, unknown>)[subpath];
  return subpath === '.' ? exports : null;
}

function pick(entry: unknown): string | null {
  if (typeof entry === 'string') return entry;
  if (Array.isArray(entry)) return entry.map(pick).find((target) => target !== null) ?? null;
  if (typeof entry !== 'object' || entry === null) return null;
  for (const [condition, target] of Object.entries(entry)) {
    const picked = CONDITIONS.includes(condition) ? pick(target) : null;
    if (picked !== null) return picked;
  }
  return null;
}

function resolveRequired(specifier: string, from: string): string | null {
  try {
    return createRequire(from).resolve(specifier);
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return null;
    throw error;
  }
}
