import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

const PACKAGE = findPackageJSON(import.meta.url);

/** Drawbridge's own, of the package that this file is in. */
export const VERSION = read();

function read(): string {
  if (PACKAGE === undefined) throw new Error('version: there is no package.json above the program');
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}
