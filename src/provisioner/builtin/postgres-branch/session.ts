/**
 * One connection of one call. Whatever it does lands before the call's time is over, even when this process is paused or
 * dies: before each statement the server is told to end the statement, and an idle session, at that moment.
 */
import type pg from 'pg';
import { Connection } from '../postgres.connection.js';
import type { Call } from './call.js';

/** How long a lock is waited for before the verb answers `pending`. */
export const LOCK_WAIT_MS = 3_000;
const CONNECT_MS = 5_000;

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
  readonly #connection: Connection;

  constructor(
    url: URL,
    private readonly call: Call,
  ) {
    const connectMs = Math.min(CONNECT_MS, call.remaining());
    const { signal } = call;
    const log: Call['log'] = (message, fields) => call.log(message, fields);
    this.#connection = new Connection(url, { plugin: 'postgres-branch', signal, log, connectMs });
  }

  async open(): Promise<void> {
    await this.#connection.open();
    await this.run(`set lock_timeout = ${LOCK_WAIT_MS}; set search_path = pg_catalog`);
  }

  /** Several statements in one text, without `values`, are one transaction. */
  async run<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    const left = this.call.remaining();
    await this.#connection.query(`set statement_timeout = ${left}; set idle_session_timeout = ${left}`);
    this.call.remaining();
    return this.#connection.query<Row>(sql, values);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
