/** A Redis server. Requires `redis-server` on PATH, which other tests do not. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createClient } from '@redis/client';

export interface Redis {
  readonly url: string;
  /** Sends a command whose answer is a list. */
  list(...words: string[]): Promise<string[]>;
  stop(): Promise<void>;
}

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

export async function startRedis(cwd: string): Promise<Redis> {
  const port = await freePort();
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--loglevel', 'warning'];
  const server = spawn('redis-server', options, { cwd, stdio: 'ignore' });
  const exited = once(server, 'exit');
  process.once('exit', () => server.kill('SIGKILL'));
  const url = `redis://127.0.0.1:${port}`;
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: (tries) => tries < 200 && 50 } });
  client.on('error', () => undefined);
  await client.connect();
  return {
    url,
    list: (...words) => client.sendCommand<string[]>(words),
    stop: async () => {
      client.destroy();
      server.kill('SIGKILL');
      await exited;
    },
  };
}

/** Sends one command as the user of a URL. */
export async function sendTo(url: string, ...words: string[]): Promise<unknown> {
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.sendCommand(words);
  } finally {
    client.destroy();
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
