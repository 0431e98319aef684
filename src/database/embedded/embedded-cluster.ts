import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmod, chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { outageOf, type OutageCause } from '../../errors/database-error.js';
import type { Account, Binaries } from './embedded-binaries.js';
import { isServerOf, readLock } from './embedded-lock.js';

/** A PostgreSQL data directory, and what is needed to run it. */
export interface Cluster {
  readonly directory: string;
  readonly password: string;
  readonly account: Account;
  readonly binaries: Binaries;
}

/** A running server. */
export interface EmbeddedServer {
  readonly pid: number;
  /** Resolves when the process has ended: with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
}

const START_MS = 60_000;
const STOP_MS = 60_000;
const run = promisify(execFile);

/** The superuser's URL of a database of the cluster. */
export function clusterUrl(password: string, port: number, database: string): string {
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** Creates the data directory: UTF-8, sorted by code point, with a password for every connection. */
export async function createCluster(cluster: Cluster, flags: readonly string[] = []): Promise<void> {
  const { directory, password, account, binaries } = cluster;
  await mkdir(directory, { mode: 0o700 });
  await own(directory, account);
  const passwordFile = `${directory}.password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  await own(passwordFile, account);
  const settings = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  try {
    await makeExecutable(binaries);
    const args = [`--pgdata=${directory}`, ...settings, ...access, ...flags];
    await run(binaries.initdb, args, { ...account, env: {}, cwd: '/' });
  } catch (cause) {
    await rm(directory, { recursive: true, force: true });
    throw new Error(`embedded postgres: initdb failed for ${directory}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function own(path: string, { uid, gid }: Account): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/** Some installers unpack packages without the mode bits. */
async function makeExecutable(binaries: Binaries): Promise<void> {
  for (const program of Object.values(binaries) as string[]) {
    const { mode } = await stat(program);
    if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
  }
}

/**
 * Starts the server in a session of its own. Ctrl-C in a terminal reaches every process of the terminal's
 * session, and PostgreSQL would shut down before Drawbridge has drained. The server outlives a killed
 * Drawbridge.
 *
 * @param log a file descriptor for the server's output, or `ignore`
 */
export function spawnServer(
  cluster: Cluster,
  port: number,
  flags: readonly string[],
  log: number | 'ignore',
): EmbeddedServer {
  const local = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const child = spawn(
    cluster.binaries.postgres,
    ['-D', cluster.directory, '-p', `${port}`, ...local, ...flags],
    {
      ...cluster.account,
      env: {},
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
    },
  );
  const exited = exitOf(child);
  child.unref();
  if (child.pid === undefined) return { pid: -1, exited };
  return { pid: child.pid, exited };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

/** Why a server does not answer: it ended, or it did not answer in time. */
export type NotReady = 'exited' | 'timeout';

/** Waits until the server accepts a connection of the superuser. */
export async function untilReady(url: string, server: EmbeddedServer): Promise<'ready' | NotReady> {
  const ended = server.exited.then(() => 'exited' as const);
  for (const limit = Date.now() + START_MS; Date.now() < limit;) {
    const state = await Promise.race([ended, answers(url)]);
    if (state === 'exited') return 'exited';
    if (state === 'ready') return 'ready';
    await sleep(25);
  }
  return 'timeout';
}

/** Whether a server accepts a connection at `url`; `not-yet` while it starts, stops or does not listen. */
export async function answers(url: string): Promise<'ready' | 'not-yet'> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // the connection may break while it closes, after the answer
  try {
    await client.connect();
    return 'ready';
  } catch (error) {
    if (isTemporary(error)) return 'not-yet';
    throw error;
  } finally {
    await client.end().catch(() => undefined); // the result is known already
  }
}

const TEMPORARY: ReadonlySet<string | undefined> = new Set<OutageCause>([
  'unreachable',
  'not-accepting',
  'no-connections',
  'ended',
  'slow',
]);

/** True while the server starts, stops or is busy: it will give another answer soon. */
export const isTemporary = (error: unknown): boolean => TEMPORARY.has(outageOf(error)?.cause);

/**
 * Stops the server of `cluster` by PostgreSQL's fast shutdown: rolls back open transactions, writes the data.
 * Returns when the process has ended. `pg_ctl` would wait for the lock file, which the next server may hold
 * by then.
 */
export async function stopServer({ binaries, directory, account }: Cluster): Promise<void> {
  const lock = await readLock(directory);
  if (lock === null) return;
  try {
    await run(binaries.pg_ctl, ['stop', '-D', directory, '-m', 'fast', '-W'], {
      ...account,
      env: {},
      cwd: '/',
    });
  } catch (cause) {
    if (await isServerOf(lock.pid, directory)) {
      throw new Error(`embedded postgres: the server of ${directory} cannot be stopped`, { cause });
    }
  }
  for (const limit = Date.now() + STOP_MS; Date.now() < limit; await sleep(20)) {
    if (!(await isServerOf(lock.pid, directory))) return;
  }
  throw new Error(`embedded postgres: process ${lock.pid} of ${directory} does not stop`);
}

/** Returns a port of 127.0.0.1 that is free at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
