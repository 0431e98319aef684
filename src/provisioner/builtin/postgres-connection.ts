/**
 * One connection to PostgreSQL that an abort ends at once, on both sides: it destroys the socket, and ends
 * the backend from a second connection, because a server continues a statement after its client is gone.
 */
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { DeprovisionRequest } from '../provisioner.js';
import { clientOf, FIXED_PATH, type Login } from './postgres-client.js';

const KILL_MS = 2_000;
/** How long `close` waits for the end of the backend: an aborted verb must end within a second. */
const KILL_WAIT_MS = 500;

export interface ConnectionOptions {
  /** The plugin's name, with which its errors begin. */
  readonly plugin: string;
  readonly signal: AbortSignal;
  readonly log: DeprovisionRequest['log'];
  /** How long connecting may take, in milliseconds. */
  readonly connectMs: number;
  /** Default: the database of the URL. */
  readonly database?: string;
  /** Default: the role of the URL. */
  readonly login?: Login;
  /** Settings for the startup packet: see `ClientOptions`. */
  readonly startup: string;
}

export class PostgresConnection {
  /** Identifies the backend. Its pid may belong to another backend by then. */
  readonly #name = `drawbridge-${randomBytes(8).toString('hex')}`;
  readonly #socket = new Socket();
  readonly #client: pg.Client;
  readonly #aborted: Promise<never>;
  #stopListening = (): void => undefined;
  #killed: Promise<void> | undefined;
  #lost: Error | undefined;

  /** Connects to `url`, or to another database of its server. An abort always uses the database of `url`. */
  constructor(
    private readonly url: URL,
    private readonly options: ConnectionOptions,
  ) {
    const { signal: _, log: __, plugin: ___, ...rest } = options;
    this.#client = clientOf(url, { ...rest, name: this.#name, stream: () => this.#socket });
    this.#client.on('error', (error) => (this.#lost = error));
    this.#aborted = this.#whenAborted();
    // #bounded delivers the rejection. Outside of it the rejection must not count as unhandled.
    this.#aborted.catch(() => undefined);
  }

  async open(): Promise<void> {
    await this.#bounded(this.#client.connect());
  }

  /** Returns the rows of a statement; none for several statements in one text. */
  async query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    if (this.#lost) {
      const text = `${this.options.plugin}: connection lost: ${this.#lost.message}`;
      throw new Error(text, { cause: this.#lost });
    }
    const result = await this.#bounded(this.#client.query<Row>(sql, values));
    return Array.isArray(result) ? [] : result.rows;
  }

  async close(): Promise<void> {
    this.#stopListening();
    const ended = this.#killed ?? this.#client.end();
    await Promise.race([ended, sleep(KILL_WAIT_MS, undefined, { ref: false })]);
    this.#socket.destroy();
  }

  #bounded<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#aborted]);
  }

  #whenAborted(): Promise<never> {
    const { signal } = this.options;
    return new Promise((_, reject) => {
      const onAbort = (): void => {
        reject(asError(signal.reason));
        this.#socket.destroy();
        this.#killed = this.#kill();
      };
      this.#stopListening = () => signal.removeEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Ends the backend from the URL's database: in a tenant's database the tenant decides what names mean. */
  async #kill(): Promise<void> {
    const client = clientOf(this.url, {
      name: `${this.#name}-end`,
      startup: FIXED_PATH,
      connectMs: KILL_MS,
      queryMs: KILL_MS,
    });
    const failed = (error: Error): void =>
      this.options.log(`${this.options.plugin}: could not end the session of an aborted call`, {
        error: error.message,
      });
    client.on('error', failed);
    try {
      await client.connect();
      await client.query(
        `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
          where application_name operator(pg_catalog.=) $1`,
        [this.#name],
      );
    } catch (error) {
      failed(error as Error);
    } finally {
      await client.end();
    }
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
