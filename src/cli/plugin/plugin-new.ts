import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { PACKAGE_FOLDER } from '../../version.js';

/** The template: a complete package with passing tests. Its name is replaced. */
const TEMPLATE = { folder: join(PACKAGE_FOLDER, 'templates', 'provisioner'), name: 'my-provisioner' };

export interface NewPlugin {
  readonly packageName: string;
  readonly pluginName: string;
  /** Absolute path that does not exist yet. */
  readonly folder: string;
  /**
   * Source of `drawbridge` for npm: a version, a URL, or the path of a tarball or folder relative to `cwd`.
   */
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
 * @returns the files, relative to the folder
 * @throws errors of the file system; code EEXIST if the folder already exists, in which case nothing is
 * written
 */
export async function writePlugin(plugin: NewPlugin): Promise<string[]> {
  await mkdir(dirname(plugin.folder), { recursive: true }).catch(notAFolder);
  await mkdir(plugin.folder);
  const files = await templateFiles();
  for (const file of files) await writeFrom(file, plugin);
  return files.map(targetOf).toSorted();
}

/** Converts EEXIST, which Node also reports if a parent is a file. */
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

/** npm does not pack files named .gitignore. */
function targetOf(file: string): string {
  return file === 'gitignore' ? '.gitignore' : file;
}

/** Replaces the template's name: imports get the package's name, everything else the plugin's name. */
function rename(text: string, { packageName, pluginName }: NewPlugin): string {
  return text
    .replaceAll(`from '${TEMPLATE.name}'`, `from '${packageName}'`)
    .replaceAll(`resolve('${TEMPLATE.name}')`, `resolve('${packageName}')`)
    .replaceAll(`provisioner: ${TEMPLATE.name}`, `provisioner: ${yamlText(packageName)}`)
    .replaceAll(`plugin check ${TEMPLATE.name}`, `plugin check ${packageName}`)
    .replaceAll(TEMPLATE.name, pluginName)
    .replaceAll(upper(TEMPLATE.name), upper(pluginName));
}

/** Quotes names with @, which cannot begin a plain YAML scalar. */
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

/**
 * Converts paths to be relative to the new folder, as npm expects. The default source is the running
 * Drawbridge.
 */
function sourceOf({ drawbridge = PACKAGE_FOLDER, cwd, folder }: NewPlugin): string {
  const isPath =
    isAbsolute(drawbridge) || /^\.{1,2}[/\\]/.test(drawbridge) || /^[\w.-]+\.tgz$/.test(drawbridge);
  return isPath ? `file:${relative(folder, resolve(cwd, drawbridge)).replaceAll('\\', '/')}` : drawbridge;
}
