/** Reads what a built tree exports. Finds modules by the names that they export, because files may move. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Modules of another tree have no types here. */
// oxlint-disable-next-line typescript/no-explicit-any -- each caller knows the shape of what it asks for
export type Loaded = any;

/** Loads a value that one module in `dist` of the tree, or in a folder of it, exports under this name. */
export async function loadExport(root: string, name: string, folder = ''): Promise<Loaded> {
  const file = moduleOf(join(root, 'dist', folder), name);
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  return module[name];
}

/** Loads a package as the tree's own code does. */
export function loadPackage(root: string, name: string): Loaded {
  return createRequire(join(root, 'dist/main.js'))(name) as unknown;
}

/** A file that re-exports the name is preferred: it has loaded what else belongs to the value. */
function moduleOf(folder: string, name: string): string {
  const declared = new RegExp(`^export declare (abstract )?(async )?(const|function|class) ${name}\\b`, 'm');
  const passedOn = new RegExp(`^export \\{[^}]*\\b${name}\\b[^}]*\\} from`, 'm');
  const files = declarationsOf(folder).map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  const passing = files.filter(({ text }) => passedOn.test(text));
  const found = passing.length > 0 ? passing : files.filter(({ text }) => declared.test(text));
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(
      `public: ${found.length} files in ${folder} export ${name}; run npm run build in that tree`,
    );
  return first.file.replace(/\.d\.ts$/, '.js');
}

function declarationsOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.d.ts')).map((file) => join(folder, file));
}
