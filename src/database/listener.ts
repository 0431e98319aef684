import { EventEmitter } from 'node:events';
import type { Client } from 'pg';
import { listenOn } from './notification-channel.js';
import { Sessions } from './connection/sessions.js';

const PING_EVERY_MS = 10_000;
const PING_LIMIT_MS = 5_000;
const RECONNECT_MS = { first: 250, most: 3_000 };

interface Events {
  /** There may be new work. Also emitted after every connect, because notifications were missed before it. */
  wake: [];
  /** A webhook or an operator may have changed these actions. The receiver has to read their rows. */
  moved: [ids: string[]];
  /** The connection is lost. Polling continues until the next `wake`. */
  lost: [error: Error];
}

/**
 * A session of its own that executes LISTEN. Its events are hints. Receivers have to poll as well, because a
 * half-open socket or a transaction-pooling proxy loses notifications.
 */
export class Listener extends EventEmitter<Events> {
  private client: Client | null = null;
  private ping: NodeJS.Timeout | null = null;
  private retry: NodeJS.Timeout | null = null;
  private delay = RECONNECT_MS.first;
  private closed = false;
  private opening: Promise<void> | null = null;
  private readonly sessions = new Sessions();

  /** @param url URL for a lasting session; null: the listener never emits an event */
  constructor(private readonly url: string | null) {
    super();
  }

  get connected(): boolean {
    return this.client !== null;
  }

  /**
   * Connects unless it is connected. Every receiver calls this; they share one connection. Reconnects by
   * itself.
   */
  connect(): Promise<void> {
    if (this.url === null || this.client !== null || this.retry !== null) return Promise.resolve();
    return (this.opening ??= this.open(this.url).finally(() => (this.opening = null)));
  }

  private async open(url: string): Promise<void> {
    const client = new this.sessions.Client({
      connectionString: url,
      application_name: 'drawbridge-listener',
      keepAlive: true,
      connectionTimeoutMillis: PING_LIMIT_MS,
    });
    client.on('notification', ({ payload }) => this.heard(payload ?? ''));
    client.on('error', (error) => this.drop(client, error));
    client.on('end', () => this.drop(client, new Error('listener: the database closed the connection')));
    try {
      await client.connect();
      await listenOn(client);
    } catch (error) {
      this.drop(client, error as Error);
      return;
    }
    if (this.closed) {
      await client.end();
      return;
    }
    this.client = client;
    this.delay = RECONNECT_MS.first;
    this.ping = setInterval(() => void this.check(client), PING_EVERY_MS);
    this.emit('wake');
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.retry) clearTimeout(this.retry);
    if (this.ping) clearInterval(this.ping);
    const client = this.client;
    this.client = null;
    await client?.end();
  }

  private heard(payload: string): void {
    const ids = payload.split(',').filter((id) => id !== '');
    if (ids.length > 0) this.emit('moved', ids);
    this.emit('wake');
  }

  private async check(client: Client): Promise<void> {
    const limit = setTimeout(
      () => this.drop(client, new Error(`listener: no answer within ${PING_LIMIT_MS} ms`)),
      PING_LIMIT_MS,
    );
    try {
      await client.query('SELECT 1');
    } catch (error) {
      this.drop(client, error as Error);
    } finally {
      clearTimeout(limit);
    }
  }

  private drop(client: Client, error: Error): void {
    client.removeAllListeners();
    client.on('error', () => undefined); // an abandoned socket may still emit errors
    void client.end().catch(() => undefined); // the connection is broken already
    if (this.closed || this.retry || (this.client && this.client !== client)) return;
    if (this.ping) clearInterval(this.ping);
    this.client = null;
    this.emit('lost', error);
    this.retry = setTimeout(() => {
      this.retry = null;
      void this.connect();
    }, this.delay);
    this.delay = Math.min(this.delay * 2, RECONNECT_MS.most);
  }
}
