import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ignoreAbsence } from './embedded-binaries.js';

/** The contents of `postmaster.pid` in a data directory. */
export interface Lock {
  readonly pid: number;
  /** Null until the server has written it. */
  readonly port: number | null;
}

const run = promisify(execFile);

/** Returns the lock of the data directory; null without a lock file. */
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
 * Whether `pid` is a PostgreSQL server of `directory`. After a `kill -9`, another program may get the same
 * number.
 */
export async function isServerOf(pid: number, directory: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === 'win32') return true; // unknown here; another program would refuse the connection
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
 * Removes the lock file of `stale`, whose process is not PostgreSQL. PostgreSQL itself ignores a lock whose
 * process has ended, but not one whose number another program got. Moves the file before reading it again, so
 * that a new lock of another process is not lost.
 */
export async function removeLock(directory: string, stale: Lock): Promise<void> {
  const file = join(directory, 'postmaster.pid');
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  await rename(file, aside).catch(ignoreAbsence);
  const text = await readFile(aside, 'utf8').catch(ignoreAbsence);
  if (text !== null && parseLock(text)?.pid !== stale.pid) return rename(aside, file);
  await rm(aside, { force: true });
}
