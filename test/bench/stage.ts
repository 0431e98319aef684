import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '../../src/database/schema/migrate.js';
import { createDatabase, startPostgres } from '../support/postgres.js';
import { ADMIN, environment, INSTALLATIONS, RESOURCE, tokenOf } from './actors.js';

/** A durable PostgreSQL, a migrated database, and an actions file with a fast provisioner. */
export interface BenchStage {
  databaseUrl: string;
  /** Starts `dist/main.js` as a process of its own, and waits until the process is ready. */
  drawbridge(roles: string, vercelUrl: string): Promise<{ url: string; stop(): Promise<void> }>;
  sql: pg.Pool;
  close(): Promise<void>;
}

/** Flags that make the fast test server durable, because the benchmarks measure durable writes. */
const DURABLE = ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on', 'max_wal_size=4GB'];

export async function setStage(): Promise<BenchStage> {
  const postgres = await startPostgres(DURABLE);
  const database = await createDatabase({ name: 'bench', server: postgres.url });
  await migrate(database.url);
  const dir = await mkdtemp(join(tmpdir(), 'drawbridge-bench-'));
  const actionsFile = join(dir, 'actions.yaml');
  await writeFile(actionsFile, 'actions:\n  branch:\n    name: Branch\n    provisioner: memory\n');
  const sql = new pg.Pool({ connectionString: database.url, max: 64 });
  sql.on('error', () => undefined); // the server stops before its idle connections at the end
  return {
    databaseUrl: database.url,
    drawbridge: (roles, vercelUrl) =>
      startDrawbridge(environment(database.url, vercelUrl, actionsFile, roles)),
    sql,
    close: async () => {
      await sql.end();
      await postgres.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function startDrawbridge(env: Record<string, string>): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const child = spawn(process.execPath, [...process.execArgv, ...profiling(), 'dist/main.js'], {
    env: { ...env, PORT: `${port}` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const end = (): boolean => child.kill('SIGKILL'); // a failed benchmark leaves no running process
  process.on('exit', end);
  child.once('exit', () => process.off('exit', end));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child);
  await install(url);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The flags for `--profile`: the process writes a CPU profile to the working directory. */
function profiling(): string[] {
  return process.argv.includes('--profile') ? ['--cpu-prof', '--cpu-prof-dir=.build/profiles'] : [];
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`bench: drawbridge ended with ${child.exitCode}`);
    const ready = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await sleep(100);
  }
  throw new Error('bench: drawbridge does not become ready');
}

async function install(url: string): Promise<void> {
  for (const id of INSTALLATIONS) {
    await put(`${url}/api/v1/installations/${id}`, { accessToken: tokenOf(id) });
    await put(`${url}/api/v1/installations/${id}/resources/${RESOURCE}`, { productId: 'p', name: 'n' });
  }
}

async function put(url: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!answer.ok && answer.status !== 404) throw new Error(`bench: PUT ${url} answered ${answer.status}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
