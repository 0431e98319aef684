import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { query } from '../../../test/support/postgres.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded.js';
import { isServerOf, readLock } from './embedded-lock.js';

let home: string;
let dataDir: string;
let prepared: string;
const children: ChildProcess[] = [];

/** initdb is slow, so most tests begin with a copy of one initialized data directory. */
beforeAll(async () => {
  prepared = await mkdtemp(join(tmpdir(), 'drawbridge-embedded-'));
  await chmod(prepared, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir: prepared, log: () => undefined });
  await postgres.stop();
});
afterAll(() => rm(prepared, { recursive: true, force: true }));

const copyPrepared = async (): Promise<void> => {
  await promisify(execFile)('cp', ['-a', prepared, dataDir]);
};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'drawbridge-embedded-'));
  await chmod(home, 0o777);
  dataDir = join(home, '.drawbridge');
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const lock = await readLock(join(dataDir, 'postgres'));
  if (lock !== null && (await isServerOf(lock.pid, dataDir))) {
    process.kill(lock.pid, 'SIGQUIT');
    await gone(lock.pid);
  }
  await rm(home, { recursive: true, force: true });
});

const start = (): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ dataDir, log: () => undefined });
const serverPid = async (): Promise<number> => (await readLock(join(dataDir, 'postgres')))?.pid ?? -1;

/** Runs a statement, and returns the values of all its rows. */
const valuesOf = async (url: string, text: string): Promise<unknown[]> =>
  (await query(url, text)).flatMap((row) => Object.values(row));

async function gone(pid: number): Promise<void> {
  await expect.poll(() => isServerOf(pid, dataDir)).toBe(false);
}

/** Node runs the TypeScript sources directly; their imports name the compiled files. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve: (name, context, next) =>
      next(/^\\.{1,2}\\/.*\\.js$/.test(name) && !context.parentURL.includes('node_modules')
        ? name.slice(0, -2) + 'ts'
        : name, context),
  });
  const { startEmbeddedPostgres } = await import(process.argv[1]);
  const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2], log: () => undefined });
  process.on('SIGTERM', () => postgres.stop().then(() => process.exit(0)));
  process.on('SIGINT', () => console.log('interrupted'));
  setInterval(() => undefined, 1000);
  console.log(JSON.stringify({ url: postgres.url, adopted: postgres.adopted }));
`;

interface Running {
  child: ChildProcess;
  url: string;
  adopted: boolean;
  nextLine(): Promise<string>;
}

/** Starts a process with an embedded Postgres, in its own process group. */
async function startProcess(uid?: number): Promise<Running> {
  const source = new URL('./embedded.ts', import.meta.url).href;
  const args = ['--no-warnings', '--input-type=module', '-e', PROGRAM, source, dataDir];
  const child = spawn(process.execPath, args, {
    detached: true,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => ((await lines.next()) as { value?: string }).value ?? '';
  return { child, nextLine, ...(JSON.parse(await nextLine()) as { url: string; adopted: boolean }) };
}

/** Starts another program of the same user. PostgreSQL checks only pids of its own user. */
async function startOtherProgram(): Promise<number> {
  const { uid, gid } = await stat(join(dataDir, 'postgres'));
  const child = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  return child.pid ?? -1;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

describe('embedded Postgres', () => {
  it('keeps data, password and port across restarts', async () => {
    const first = await start();
    await valuesOf(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    await first.stop();
    expect(await readLock(join(dataDir, 'postgres'))).toBeNull();
    const second = await start();
    expect(await valuesOf(second.url, 'SELECT n FROM kept')).toEqual([42]);
    expect(second.url).toBe(first.url);
    expect(second.adopted).toBe(false);
    await second.stop();
  });

  it('has a database for Drawbridge and the URL of a role that may create databases', async () => {
    await copyPrepared();
    const postgres = await start();
    expect(await valuesOf(postgres.url, 'SELECT current_database()')).toEqual(['drawbridge']);
    await valuesOf(postgres.adminUrl, 'CREATE DATABASE other');
    await postgres.stop();
    await postgres.stop();
  });

  it('keeps its secrets from other users', async () => {
    await copyPrepared();
    const postgres = await start();
    for (const name of ['postgres.password', 'postgres.port', 'postgres.log']) {
      expect((await stat(join(dataDir, name))).mode & 0o077, name).toBe(0);
    }
    await postgres.stop();
  });

  it('requires the password from every client', async () => {
    await copyPrepared();
    const postgres = await start();
    const url = new URL(postgres.url);
    url.password = 'guess';
    await expect(valuesOf(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    await postgres.stop();
  });

  it('adopts the server of a killed process, and stops it', async () => {
    await copyPrepared();
    const killed = await startProcess();
    await valuesOf(killed.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    const pid = await serverPid();
    await end(killed.child, 'SIGKILL');
    const next = await start();
    expect(next.adopted).toBe(true);
    expect(await serverPid()).toBe(pid);
    expect(await valuesOf(next.url, 'SELECT n FROM kept')).toEqual([42]);
    await next.stop();
    await gone(pid);
  });

  it('starts with the lock file of a server that was killed together with its process', async () => {
    await copyPrepared();
    const killed = await startProcess();
    await valuesOf(killed.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    const pid = await serverPid();
    process.kill(pid, 'SIGKILL');
    await end(killed.child, 'SIGKILL');
    await gone(pid);
    expect(await serverPid()).toBe(pid);
    const next = await start();
    expect(next.adopted).toBe(false);
    expect(await valuesOf(next.url, 'SELECT n FROM kept')).toEqual([42]);
    await next.stop();
  });

  it('starts with a lock file whose pid belongs to another program', async () => {
    await copyPrepared();
    const first = await start();
    await first.stop();
    const other = await startOtherProgram();
    const stale = `${other}\n${join(dataDir, 'postgres')}\n1700000000\n5432\n\n127.0.0.1\n\nready   \n`;
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), stale);
    const next = await start();
    expect(next.adopted).toBe(false);
    expect(await serverPid()).not.toBe(other);
    await next.stop();
  });

  it('uses another port when another program listens on the previous one', async () => {
    await copyPrepared();
    const first = await start();
    await first.stop();
    const port = Number(await readFile(join(dataDir, 'postgres.port'), 'utf8'));
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const second = await start();
    expect(new URL(second.url).port).not.toBe(`${port}`);
    expect(await valuesOf(second.url, 'SELECT 1')).toEqual([1]);
    await second.stop();
    other.close();
  });

  it('serves two processes that start at the same time, until the last one stops', async () => {
    const [one, two] = await Promise.all([startProcess(), startProcess()]);
    expect(one.url).toBe(two.url);
    expect([one.adopted, two.adopted].filter(Boolean)).toHaveLength(1);
    const pid = await serverPid();
    const [starter, adopter] = one.adopted ? [two, one] : [one, two];
    await end(starter.child, 'SIGTERM');
    expect(await valuesOf(adopter.url, 'SELECT 1')).toEqual([1]);
    await end(adopter.child, 'SIGTERM');
    await gone(pid);
  });

  it('starts again when a process starts while the last one stops', async () => {
    await copyPrepared();
    for (let round = 0; round < 5; round++) {
      const stopping = await start();
      const [, next] = await Promise.all([stopping.stop(), start()]);
      expect(await valuesOf(next.url, 'SELECT 1')).toEqual([1]);
      await next.stop();
    }
  });

  it('keeps running when a terminal interrupts all processes of the group', async () => {
    await copyPrepared();
    const running = await startProcess();
    process.kill(-(running.child.pid ?? 0), 'SIGINT');
    expect(await running.nextLine()).toBe('interrupted');
    expect(await valuesOf(running.url, 'SELECT 1')).toEqual([1]);
    await end(running.child, 'SIGTERM');
  });

  it.runIf(process.getuid?.() === 0)('runs for an ordinary user as well as for root', async () => {
    const running = await startProcess(65_534);
    expect(await valuesOf(running.url, 'SELECT 1')).toEqual([1]);
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(65_534);
    await end(running.child, 'SIGTERM');
    const root = await start();
    expect(await valuesOf(root.url, 'SELECT 1')).toEqual([1]);
    await root.stop();
  });

  it('reports the output of a server that does not start', async () => {
    await copyPrepared();
    const first = await start();
    await first.stop();
    await writeFile(join(dataDir, 'postgres', 'postgresql.conf'), 'shared_buffers = nonsense\n');
    await expect(start()).rejects.toThrow(/does not start:[^]*shared_buffers/);
  });
});
