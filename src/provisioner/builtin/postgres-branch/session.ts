/**
 * One connection of one call. Whatever it does lands before the call's time is over, even when this process is paused or
 * dies: before each statement the server is told to end the statement, and an idle session, at that moment. On abort the
 * socket is destroyed and the backend is ended from a second connection, because a server goes on with
 * CREATE DATABASE after its client is gone.
 */
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Call } from './call.js';

/** How long a lock is waited for before the verb answers `pending`. */
export const LOCK_WAIT_MS = 3_000;
const CONNECT_MS = 5_000;
const KILL_MS = 2_000;
/** An abort is answered within 1 s: the killing is waited for only this long. */
const KILL_WAIT_MS = 500;

/** Runs `work` on a session of its own and closes it, whatever happens. */
export async function withSession<T>(
  url: URL,
  call: Call,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = new Session(url, call);
  try {
    await session.open();
    return await work(session);
  } finally {
    await session.close();
  }
}

export class Session {
  /** Finds the backend again without its pid, which may have passed to somebody else. */
  readonly #name = `drawbridge-${randomBytes(8).toString('hex')}`;
  readonly #socket = new Socket();
  readonly #client: pg.Client;
  readonly #aborted: Promise<never>;
  #stopListening = (): void => undefined;
  #killed: Promise<void> | undefined;
  #lost: Error | undefined;

  constructor(
    private readonly url: URL,
    private readonly call: Call,
  ) {
    const named = new URL(url);
    named.searchParams.delete('application_name');
    this.#client = new pg.Client({
      connectionString: named.href,
      application_name: this.#name,
      stream: () => this.#socket,
      connectionTimeoutMillis: Math.min(CONNECT_MS, call.remaining()),
    });
    this.#client.on('error', (error) => (this.#lost = error));
    this.#aborted = this.#whenAborted();
    // Delivered by the race in #bounded; without one there is nobody to tell.
    this.#aborted.catch(() => undefined);
  }

  async open(): Promise<void> {
    await this.#bounded(this.#client.connect());
    await this.run(`set lock_timeout = ${LOCK_WAIT_MS}; set search_path = pg_catalog`);
  }

  /** Several statements in one text, without `values`, are one transaction. */
  async run<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    const left = this.call.remaining();
    await this.#send(`set statement_timeout = ${left}; set idle_session_timeout = ${left}`);
    this.call.remaining();
    return this.#send<Row>(sql, values);
  }

  async close(): Promise<void> {
    this.#stopListening();
    const ended = this.#killed ?? this.#client.end();
    await Promise.race([ended, sleep(KILL_WAIT_MS, undefined, { ref: false })]);
    this.#socket.destroy();
  }

  async #send<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    if (this.#lost)
      throw new Error(`postgres-branch: connection lost: ${this.#lost.message}`, { cause: this.#lost });
    const result = await this.#bounded(this.#client.query<Row>(sql, values));
    return Array.isArray(result) ? [] : result.rows;
  }

  #bounded<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#aborted]);
  }

  #whenAborted(): Promise<never> {
    const { signal } = this.call;
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

  async #kill(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url.href,
      connectionTimeoutMillis: KILL_MS,
      query_timeout: KILL_MS,
    });
    const failed = (error: Error): void =>
      this.call.log('postgres-branch: an aborted session could not be ended at once', {
        error: error.message,
      });
    client.on('error', failed);
    try {
      await client.connect();
      await client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
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
