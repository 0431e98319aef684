import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of the package that contains this file, with its templates, docs and built pages. */
export const PACKAGE_FOLDER = packageFolder();

/** Drawbridge's version, from its package.json. */
export const VERSION = versionOf(join(PACKAGE_FOLDER, 'package.json'));

function packageFolder(): string {
  const manifest = findPackageJSON(import.meta.url);
  if (manifest === undefined)
    throw new Error('version: no directory above the program contains a package.json');
  return dirname(manifest);
}

function versionOf(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
