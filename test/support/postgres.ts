import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  canReach,
  chooseAccount,
  locateBinaries,
  type Account,
} from '../../src/database/embedded/embedded-binaries.js';
import {
  clusterUrl,
  createCluster,
  freePort,
  spawnServer,
  stopServer,
  untilReady,
  type Cluster,
} from '../../src/database/embedded/embedded-cluster.js';

/** Durable enough for the lifetime of a test run. Commits still use their usual path. */
const FLAGS = ['fsync=off', 'full_page_writes=off', 'max_connections=300', 'shared_buffers=128MB'];

/** An empty PostgreSQL server. */
export interface TestPostgres {
  /** The superuser's URL of the database `postgres`. */
  readonly url: string;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** A database of one test. */
export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Drops the database, also during connections. */
  drop(): Promise<void>;
}

/**
 * Starts a server for the global setup, benchmarks and fault runs. The server stops when this process is
 * killed.
 */
export async function startPostgres(flags: readonly string[] = []): Promise<TestPostgres> {
  const account = await chooseAccount('/nowhere');
  const home = await mkdtemp(join(await passableTemporary(account), 'drawbridge-test-'));
  await chmod(home, 0o755);
  const cluster: Cluster = {
    directory: join(home, 'data'),
    password: randomBytes(12).toString('hex'),
    account,
    binaries: await locateBinaries(account),
  };
  const release = endWithUs(home);
  try {
    await createCluster(cluster, ['--no-sync']);
    const url = await start(cluster, flags);
    return { url, stop: () => stop(cluster, home, release) };
  } catch (error) {
    release();
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Another process may use the free port before the server does. Then the server ends, and the next port is
 * tried.
 */
async function start(cluster: Cluster, flags: readonly string[]): Promise<string> {
  for (let attempt = 1; attempt <= 5; attempt++) {
    const port = await freePort();
    const server = spawnServer(
      cluster,
      port,
      [...FLAGS, ...flags].flatMap((flag) => ['-c', flag]),
      'ignore',
    );
    const url = clusterUrl(cluster.password, port, 'postgres');
    const state = await untilReady(url, server);
    if (state === 'ready') return url;
  }
  throw new Error(`test postgres: the server of ${cluster.directory} does not start`);
}

async function stop(cluster: Cluster, home: string, release: () => void): Promise<void> {
  try {
    await stopServer(cluster);
  } finally {
    release();
    await rm(home, { recursive: true, force: true });
  }
}

/**
 * Starts a shell that waits for the end of its input, which comes when this process ends in any way. Then it
 * stops the server and removes its files.
 */
export function endWithUs(home: string): () => void {
  if (process.platform === 'win32') return () => undefined;
  const kill = 'lock="$1/data/postmaster.pid"; [ -f "$lock" ] && kill -QUIT "$(head -n 1 "$lock")"';
  const script = `read line; [ "$line" = stopped ] || { ${kill}; sleep 2; rm -rf "$1"; }`;
  const guard = spawn('/bin/sh', ['-c', script, 'sh', home], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  const input = guard.stdin as typeof guard.stdin & { unref?: () => void };
  input.unref?.();
  return () => input.end('stopped\n');
}

/** Under root, the server runs as another user, who must be able to enter the folder. */
async function passableTemporary(account: Account): Promise<string> {
  for (const candidate of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await canReach(candidate, account)) return candidate;
  }
  throw new Error(`test postgres: user ${account.uid} cannot reach any temporary folder`);
}

/**
 * Creates a database on the server of this test run, empty or a copy of `template`, which must have no
 * connection.
 *
 * @param options a readable part of its name, a template, and another server's URL for use outside vitest
 */
export async function createDatabase(
  options: string | { name?: string; template?: string; server?: string } = {},
): Promise<TestDatabase> {
  const {
    name: prefix = 'test',
    template,
    server,
  } = typeof options === 'string' ? { name: options } : options;
  const admin = server ?? (await runsServer());
  const name = `${prefix.replace(/[^a-z0-9_]/gi, '_').slice(0, 40)}_${randomBytes(6).toString('hex')}`;
  const from = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`;
  // With fsync off, FILE_COPY of a small template is by far the slower strategy; WAL_LOG needs no checkpoint.
  await query(admin, `CREATE DATABASE ${pg.escapeIdentifier(name)}${from} STRATEGY wal_log`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    drop: async () => {
      await query(admin, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    },
  };
}

/** Imports vitest only inside its workers, where `inject` exists. */
async function runsServer(): Promise<string> {
  const { inject } = await import('vitest');
  return inject('postgresUrl');
}

/** Runs one statement on its own connection, and returns the rows. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
