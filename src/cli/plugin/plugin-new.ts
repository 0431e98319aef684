import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { PACKAGE_FOLDER } from '../../version.js';

/** A complete package that goes by this name; its tests run on it as it stands. */
const TEMPLATE = { folder: join(PACKAGE_FOLDER, 'templates', 'provisioner'), name: 'my-provisioner' };

export interface NewPlugin {
  readonly packageName: string;
  readonly pluginName: string;
  /** Absolute; does not exist yet. */
  readonly folder: string;
  /** Where npm gets `drawbridge` from for the tests: a version, a URL, or the path of a tarball or folder seen from `cwd`. */
  readonly drawbridge: string | undefined;
  readonly cwd: string;
}

interface Manifest {
  name: string;
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/**
 * Writes the package.
 *
 * @returns its files, relative to its folder
 * @throws what the file system says, with code EEXIST when the folder exists already; nothing is written then
 */
export async function writePlugin(plugin: NewPlugin): Promise<string[]> {
  await mkdir(dirname(plugin.folder), { recursive: true }).catch(notAFolder);
  await mkdir(plugin.folder);
  const files = await templateFiles();
  for (const file of files) await writeFrom(file, plugin);
  return files.map(targetOf).toSorted();
}

/** Of a file in the way Node says EEXIST as well. */
function notAFolder(cause: NodeJS.ErrnoException): never {
  throw cause.code === 'EEXIST'
    ? Object.assign(new Error('no folder', { cause }), { code: 'ENOTDIR' })
    : cause;
}

async function templateFiles(): Promise<string[]> {
  const entries = await readdir(TEMPLATE.folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(TEMPLATE.folder, join(parentPath, name)));
}

async function writeFrom(file: string, plugin: NewPlugin): Promise<void> {
  const text = await readFile(join(TEMPLATE.folder, file), 'utf8');
  const target = join(plugin.folder, targetOf(file));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, file === 'package.json' ? await manifest(text, plugin) : rename(text, plugin));
}

/** npm packs no file called .gitignore. */
function targetOf(file: string): string {
  return file === 'gitignore' ? '.gitignore' : file;
}

/** What is imported or installed goes by the package's name; the rest (messages, environment) by the plugin's. */
function rename(text: string, { packageName, pluginName }: NewPlugin): string {
  return text
    .replaceAll(`from '${TEMPLATE.name}'`, `from '${packageName}'`)
    .replaceAll(`resolve('${TEMPLATE.name}')`, `resolve('${packageName}')`)
    .replaceAll(`provisioner: ${TEMPLATE.name}`, `provisioner: ${yamlText(packageName)}`)
    .replaceAll(`plugin check ${TEMPLATE.name}`, `plugin check ${packageName}`)
    .replaceAll(TEMPLATE.name, pluginName)
    .replaceAll(upper(TEMPLATE.name), upper(pluginName));
}

/** A plain text of YAML cannot begin with @. */
const yamlText = (name: string): string => (name.startsWith('@') ? `'${name}'` : name);
const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_');

async function manifest(text: string, plugin: NewPlugin): Promise<string> {
  const own = JSON.parse(await readFile(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as { version: string };
  const made = JSON.parse(text) as Manifest;
  made.name = plugin.packageName;
  made.peerDependencies['drawbridge'] = `^${own.version}`;
  made.devDependencies['drawbridge'] = sourceOf(plugin);
  return `${JSON.stringify(made, null, 2)}\n`;
}

/** npm reads a path from the new package's own folder; without a source it is the Drawbridge that runs this. */
function sourceOf({ drawbridge = PACKAGE_FOLDER, cwd, folder }: NewPlugin): string {
  const isPath =
    isAbsolute(drawbridge) || /^\.{1,2}[/\\]/.test(drawbridge) || /^[\w.-]+\.tgz$/.test(drawbridge);
  return isPath ? `file:${relative(folder, resolve(cwd, drawbridge)).replaceAll('\\', '/')}` : drawbridge;
}
