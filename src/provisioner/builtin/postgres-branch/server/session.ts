/**
 * One connection of one call. No statement runs after the call's time is over, even when this process is
 * paused or dies: before each statement it sets the server's time limits for the statement and for an idle
 * session.
 */
import type pg from 'pg';
import { FIXED_PATH, type Login } from '../../postgres-client.js';
import { PostgresConnection } from '../../postgres-connection.js';
import type { BranchCall } from '../call.js';

/** How long a call waits for a lock before the verb answers `pending`. */
export const LOCK_WAIT_MS = 3_000;
const CONNECT_MS = 5_000;

export interface AdminSessionOptions {
  /**
   * Another database of the server. docs/provisioners/postgres-branch.md says which ones the admin may
   * enter.
   */
  readonly database?: string;
  readonly login?: Login;
  /** More settings for the startup packet. */
  readonly startup?: string;
}

/** Runs `work` on a session of its own and always closes it. */
export async function withSession<T>(
  url: URL,
  call: BranchCall,
  work: (session: AdminSession) => Promise<T>,
  options: AdminSessionOptions = {},
): Promise<T> {
  const session = new AdminSession(url, call, options);
  try {
    await session.open();
    return await work(session);
  } finally {
    await session.close();
  }
}

export class AdminSession {
  readonly #connection: PostgresConnection;

  constructor(
    url: URL,
    private readonly call: BranchCall,
    { startup = '', ...options }: AdminSessionOptions = {},
  ) {
    const connectMs = Math.min(CONNECT_MS, call.remaining());
    const { signal } = call;
    const log: BranchCall['log'] = (message, fields) => call.log(message, fields);
    const fixed = `${FIXED_PATH} -c lock_timeout=${LOCK_WAIT_MS} ${startup}`.trim();
    const about = { plugin: 'postgres-branch', signal, log, connectMs };
    this.#connection = new PostgresConnection(url, { ...about, ...options, startup: fixed });
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  /** Runs a statement. Several statements in one text, without `values`, are one transaction. */
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
