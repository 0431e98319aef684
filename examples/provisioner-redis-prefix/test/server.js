/**
 * The Redis for the tests: that of REDIS_URL, or a `redis-server` from PATH that ends with the
 * tests.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';

/**
 * @typedef {object} Server
 * @property {string} url of a user that may do everything
 * @property {(...words: string[]) => Promise<any>} command
 * @property {() => Promise<void>} stop
 */

/** @returns {Promise<Server>} */
export async function startServer() {
  const given = process.env['REDIS_URL'];
  const own = given === undefined ? await spawnServer() : null;
  const url = given ?? own?.url ?? '';
  const client = createClient({ url, RESP: 2 });
  client.on('error', () => undefined);
  await client.connect();
  return {
    url,
    command: (...words) => client.sendCommand(words),
    stop: async () => {
      client.destroy();
      await own?.stop();
    },
  };
}

async function spawnServer() {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'redis-prefix-'));
  const aclfile = join(dir, 'users.acl');
  await writeFile(aclfile, '');
  const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--aclfile', aclfile];
  const server = spawn('redis-server', [...place, '--save', '', '--loglevel', 'warning'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(server, 'exit').catch((error) => {
    throw new Error('redis-server is not on PATH, and REDIS_URL is not set', { cause: error });
  });
  process.once('exit', () => server.kill('SIGKILL'));
  const url = `redis://127.0.0.1:${port}`;
  await Promise.race([untilReady(url), exited]);
  return {
    url,
    stop: async () => {
      server.kill('SIGKILL');
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (listener.address());
  listener.close();
  await once(listener, 'close');
  return port;
}

/** @param {string} url */
async function untilReady(url) {
  for (let tries = 0; tries < 200; tries++) {
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    const ready = await client.connect().then(
      () => true,
      () => false,
    );
    if (client.isOpen) client.destroy();
    if (ready) return;
    await sleep(50);
  }
  throw new Error(`redis-server does not answer at ${url}`);
}
