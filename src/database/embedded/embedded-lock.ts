import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ignoreAbsence } from './embedded-binaries.js';

/** What PostgreSQL writes into `postmaster.pid` of its data directory. */
export interface Lock {
  readonly pid: number;
  /** Null while the server has not written it yet. */
  readonly port: number | null;
}

const run = promisify(execFile);

/** Who holds the data directory according to its lock file; null when nobody does. */
export async function readLock(directory: string): Promise<Lock | null> {
  const text = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(ignoreAbsence);
  return text === null ? null : parseLock(text);
}

function parseLock(text: string): Lock | null {
  const [pid, , , port] = text.split('\n').map(Number);
  if (pid === undefined || !Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: port !== undefined && Number.isInteger(port) && port > 0 ? port : null };
}

/**
 * Whether `pid` is a PostgreSQL server of `directory`: after a `kill -9` its number may be another program's.
 */
export async function isServerOf(pid: number, directory: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === 'win32') return true; // cannot be told there; a stranger will not let us in
  const command = await commandOf(pid);
  return command !== null && command.includes(directory);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function commandOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(ignoreVanished);
  const { stdout } = await run('ps', ['-o', 'command=', '-p', `${pid}`]).catch(() => ({ stdout: '' }));
  return stdout === '' ? null : stdout;
}

function ignoreVanished(error: NodeJS.ErrnoException): null {
  return error.code === 'ESRCH' ? null : ignoreAbsence(error);
}

/**
 * Takes away the lock file of `stale`, whose process is not PostgreSQL. (PostgreSQL itself passes over a lock
 * whose process is gone, but not over one whose number another program got.) It is moved before it is looked
 * at again, so that a lock which somebody made meanwhile is not lost.
 */
export async function removeLock(directory: string, stale: Lock): Promise<void> {
  const file = join(directory, 'postmaster.pid');
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  await rename(file, aside).catch(ignoreAbsence);
  const text = await readFile(aside, 'utf8').catch(ignoreAbsence);
  if (text !== null && parseLock(text)?.pid !== stale.pid) return rename(aside, file);
  await rm(aside, { force: true });
}
