import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/database/schema/migrate.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { startDrawbridge, type DrawbridgeProcess } from '../../support/processes.js';
import { environment } from '../../support/world.js';

/** A real process with unfinished requests. */
let database: TestDatabase;
let cwd: string;
let processes: DrawbridgeProcess[];
const sockets: Socket[] = [];
const timers: NodeJS.Timeout[] = [];

beforeAll(async () => {
  database = await createDatabase('bodies');
  cwd = await mkdtemp(join(tmpdir(), 'drawbridge-bodies-'));
  await writeFile(join(cwd, 'actions.yaml'), 'actions: { branch: { provisioner: memory } }\n');
  await migrate(database.url);
  processes = [];
});
afterAll(async () => {
  timers.forEach((timer) => clearInterval(timer));
  sockets.forEach((socket) => socket.destroy());
  for (const one of processes) await one.stop();
  await database?.drop();
  await rm(cwd, { recursive: true, force: true });
});

async function start(): Promise<DrawbridgeProcess> {
  const env = {
    ...environment(database.url, 'http://127.0.0.1:9', 'actions.yaml', 'web'),
    LOG_LEVEL: 'info',
  };
  const started = await startDrawbridge(env, cwd);
  processes.push(started);
  return started;
}

async function open(
  url: string,
  first: string,
  drip?: string,
): Promise<{ closed: Promise<unknown>; socket: Socket }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined); // The server may reset the connection.
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  socket.write(first);
  if (drip !== undefined) timers.push(setInterval(() => socket.write(drip), 1_000));
  return { closed, socket };
}

const post = (path: string, headers: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n${headers}\r\n`;
const LONG = 'Content-Length: 100000\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const WEBHOOK = '/webhooks/vercel';
const COMMAND = '/api/v1/actions/6f7c7a8e-0000-4000-8000-000000000000/retry';

describe('unfinished requests', () => {
  it('end within 35 s: idle, slow or chunked, on every route, on new and used connections', async () => {
    const { url, output } = await start();
    const cases: [string, string?][] = [
      [''],
      ['POST /webhooks'],
      [post(WEBHOOK, LONG)],
      [post(WEBHOOK, LONG), 'x'],
      [post(WEBHOOK, CHUNKED), '1\r\nx\r\n'],
      [post(COMMAND, LONG), ' '],
      [post(COMMAND, `Authorization: Bearer wrong\r\n${CHUNKED}`), '1\r\n \r\n'],
      [post('/nowhere', LONG), 'x'],
      [`GET /livez HTTP/1.1\r\nHost: here\r\n\r\n${post(WEBHOOK, LONG)}`, 'x'],
    ];
    const began = performance.now();
    const opened = await Promise.all(cases.map(([first, drip]) => open(url, first, drip)));
    const seconds = await Promise.all(
      opened.map(({ closed }) => closed.then(() => (performance.now() - began) / 1000)),
    );
    expect(seconds.filter((one) => one > 35)).toEqual([]);
    expect(output()).not.toMatch(/request-unavailable|request-failed/);
  });

  it('of a client that disconnects are not logged as errors', async () => {
    const { url, output } = await start();
    const { socket, closed } = await open(url, post(WEBHOOK, LONG));
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.destroy();
    await closed;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(output()).not.toMatch(/request-unavailable|request-failed/);
  });

  it('do not delay the end of a process', async () => {
    const one = await start();
    await Promise.all([
      open(one.url, post(WEBHOOK, LONG), 'x'),
      open(one.url, 'POST /web'),
      open(one.url, ''),
    ]);
    const began = performance.now();
    expect(await one.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});
