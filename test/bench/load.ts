/**
 * Sends the load in a process of its own: `node load.js PORT CONNECTIONS COUNT`. Prints webhooks per second
 * as JSON.
 */
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { INSTALLATIONS, request, startEvent } from './actors.js';
import { rate } from './measure.js';

const ANSWER_HEAD = /^HTTP\/1\.1 (\d+)[\s\S]*?content-length: (\d+)[\s\S]*?\r\n\r\n/i;

/** One keep-alive connection: writes a request, waits for its answer, writes the next one. */
class Connection {
  private received = '';
  private waiting: PromiseWithResolvers<number> | null = null;

  constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.read(chunk));
    socket.on('close', () => this.waiting?.reject(new Error('load: the server closed the connection')));
  }

  ask(bytes: Buffer): Promise<number> {
    this.waiting = Promise.withResolvers();
    this.socket.write(bytes);
    return this.waiting.promise;
  }

  end(): void {
    this.socket.destroy();
  }

  private read(chunk: string): void {
    this.received += chunk;
    const head = ANSWER_HEAD.exec(this.received);
    if (!head || this.received.length < head[0].length + Number(head[2])) return;
    this.received = '';
    this.waiting?.resolve(Number(head[1]));
  }
}

async function open(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1' });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return new Connection(socket);
}

async function work(connection: Connection, requests: Buffer[]): Promise<void> {
  for (let next = requests.pop(); next; next = requests.pop()) {
    const status = await connection.ask(next);
    if (status !== 202) throw new Error(`load: answered ${status}`);
  }
}

const [port, connections, count] = process.argv.slice(2).map(Number) as [number, number, number];
const requests = Array.from({ length: count }, (_, index) =>
  request(startEvent(`dpl_${randomUUID()}`, INSTALLATIONS[index % INSTALLATIONS.length] as string)),
);
const opened = await Promise.all(Array.from({ length: connections }, () => open(port)));
const perSecond = await rate(count, () =>
  Promise.all(opened.map((connection) => work(connection, requests))),
);
opened.forEach((connection) => connection.end());
process.stdout.write(JSON.stringify(perSecond));
