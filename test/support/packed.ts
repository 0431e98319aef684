/**
 * The packages as npm would publish them, and folders in which they are installed without a network. npm
 * packs a copy of the repository, the tarballs are unpacked here, and their dependencies are linked from the
 * repository's own node_modules.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
export const EXAMPLE = join(REPOSITORY, 'examples', 'provisioner-redis-prefix');
const BUILDS = join(REPOSITORY, '.build', 'packed');
/** The files for npm to choose from: more than the package may contain. */
const GIVEN = [
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'config',
  'docs',
  'src',
  'templates',
  'web',
];
const OLD_MS = 3_600_000;
const run = promisify(execFile);

export interface Packed {
  /** The tarball of Drawbridge. */
  readonly drawbridge: string;
  /** The tarball of examples/provisioner-redis-prefix. */
  readonly example: string;
}

let packing: Promise<Packed> | undefined;

/** Packs both packages. Concurrent spec files share the result, whose name is a hash of the packed files. */
export function packed(): Promise<Packed> {
  return (packing ??= pack());
}

async function pack(): Promise<Packed> {
  const folder = join(BUILDS, await hashOf([...GIVEN.map((name) => join(REPOSITORY, name)), EXAMPLE]));
  if (!(await exists(folder))) await packInto(folder);
  const names = await readdir(folder);
  const tarball = (start: string) =>
    join(folder, names.find((name) => name.startsWith(start) && name.endsWith('.tgz')) ?? `${start}.tgz`);
  return { drawbridge: tarball('drawbridge-'), example: tarball('provisioner-redis-prefix-') };
}

async function packInto(folder: string): Promise<void> {
  await removeOld();
  const unfinished = join(BUILDS, `.${randomBytes(6).toString('hex')}`);
  const source = join(unfinished, 'source');
  await mkdir(source, { recursive: true });
  for (const name of GIVEN) await cp(join(REPOSITORY, name), join(source, name), { recursive: true });
  const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(source, 'dist')], {
    cwd: REPOSITORY,
  });
  const vite = join(REPOSITORY, 'node_modules/vite/bin/vite.js');
  const pages = ['--outDir', join(source, 'dist/web'), '--emptyOutDir', '--logLevel', 'warn'];
  await run(process.execPath, [vite, 'build', 'web', ...pages], { cwd: REPOSITORY });
  for (const cwd of [source, EXAMPLE])
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', unfinished], { cwd });
  await rm(source, { recursive: true });
  await rename(unfinished, folder).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(folder))) throw error; // otherwise another spec file was faster
  });
}

async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of (await filesBelow(path)).toSorted())
      hash.update(relative(REPOSITORY, file)).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesBelow(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = (await readdir(path, { withFileTypes: true })).filter(
    ({ name }) => name !== 'node_modules',
  );
  return (await Promise.all(entries.map(({ name }) => filesBelow(join(path, name))))).flat();
}

/** Every file of a tarball, without the common prefix `package/`. */
export async function filesOf(tarball: string): Promise<string[]> {
  const { stdout } = await run('tar', ['-tzf', tarball]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/^package\//, ''));
}

/** An empty folder outside the repository, without installed packages. */
export async function emptyFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'drawbridge-packed-')));
}

/** Installs tarballs in a folder as `npm install` would, with their dependencies. */
export async function install(folder: string, ...tarballs: string[]): Promise<void> {
  for (const tarball of tarballs) {
    const unpacked = join(folder, `.unpacked-${randomBytes(4).toString('hex')}`);
    await mkdir(unpacked, { recursive: true });
    await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', unpacked]);
    const { name, dependencies } = await manifestOf(unpacked);
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await rename(unpacked, join(folder, 'node_modules', name));
    await link(folder, Object.keys(dependencies));
  }
}

/** Links packages of the repository's node_modules, with their dependencies, into a folder. */
export async function link(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const target = join(folder, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    if (!(await exists(target))) await symlink(join(REPOSITORY, 'node_modules', name), target, 'dir');
  }
}

async function manifestOf(folder: string): Promise<{ name: string; dependencies: Record<string, string> }> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name: string };
  return { dependencies: {}, ...manifest };
}

export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs a program of Node.js to its end. A failure is returned, not thrown. */
export function runNode(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  return new Promise((done) => {
    const { PATH = '' } = process.env;
    const base = { PATH, NO_COLOR: '1', NODE_COMPILE_CACHE: join(BUILDS, 'cache') };
    execFile(process.execPath, args, { cwd, env: { ...base, ...env } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, output: stdout + stderr });
    });
  });
}

async function removeOld(): Promise<void> {
  await mkdir(BUILDS, { recursive: true });
  for (const name of await readdir(BUILDS)) {
    // another file removed it
    const { mtimeMs } = await stat(join(BUILDS, name)).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > OLD_MS) await rm(join(BUILDS, name), { recursive: true, force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
