import { CALL_LIMIT_MS } from '../../limits.js';
/**
 * The connection of one call, which runs transactions only. Nothing takes effect after the call's time: it
 * sends a commit only while time is left, and the server ends a transaction whose client is idle for longer.
 */
import type pg from 'pg';
import type { DeprovisionRequest } from '../../provisioner.js';
import { PostgresConnection } from '../postgres-connection.js';
import { isLockTimeout, OtherCallRuns } from './failure.js';

/**
 * 5 s less than the core's limit, so that nothing takes effect later, even in a sequence or after a slow
 * start.
 */
const CALL_MS = CALL_LIMIT_MS - 5_000;
/** A call starts no further file after this time, so that each file has most of a call. */
const BEGIN_MS = 10_000;
/** How much later than the server's own time limit the connection is closed. */
const SILENCE_MS = 1_000;
const CONNECT_MS = 5_000;
/** How long a call waits for another one that runs a file before the verb answers `pending`. */
const TURN_MS = 3_000;
/** How long a file waits for a lock of another transaction. */
const LOCK_MS = 10_000;

type Caller = { readonly signal: AbortSignal; readonly log: DeprovisionRequest['log'] };

export interface ScriptSessionOptions {
  readonly limitMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

export class ScriptSession {
  readonly #connection: PostgresConnection;
  readonly #startedAt: number;
  readonly #limitMs: number;
  readonly #now: () => number;

  private constructor(
    url: URL,
    { signal, log }: Caller,
    { limitMs = CALL_MS, now = () => performance.now() }: ScriptSessionOptions,
  ) {
    this.#limitMs = limitMs;
    this.#now = now;
    this.#startedAt = now();
    this.#connection = new PostgresConnection(url, {
      plugin: 'postgres-sql',
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs + SILENCE_MS)]),
      log: (message, fields) => log(message, fields),
      connectMs: CONNECT_MS,
      startup: '', // The files are the customer's and run as the role of their URL.
    });
  }

  /** Runs `work` on a connection of its own and always closes it. */
  static async with<T>(
    url: URL,
    caller: Caller,
    work: (session: ScriptSession) => Promise<T>,
    options: ScriptSessionOptions = {},
  ): Promise<T> {
    const session = new ScriptSession(url, caller, options);
    try {
      await session.#connection.open();
      return await work(session);
    } finally {
      await session.#connection.close();
    }
  }

  /** True when this call may start another file. */
  get hasTime(): boolean {
    return this.#now() - this.#startedAt < BEGIN_MS;
  }

  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    return this.#connection.query<Row>(sql, values);
  }

  /**
   * Begins a transaction and waits until no other call has one on `subject`. Throws OtherCallRuns after
   * TURN_MS.
   */
  async begin(subject: string): Promise<void> {
    await this.query(`begin; ${this.#limits(TURN_MS)}`);
    try {
      await this.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `drawbridge-sql:${subject}`,
      ]);
    } catch (error) {
      throw isLockTimeout(error) ? new OtherCallRuns(error) : error;
    }
    await this.limit();
  }

  /** Sets the time limits again: a file may have changed them, as dumps do. */
  async limit(): Promise<void> {
    await this.query(this.#limits(LOCK_MS));
  }

  async commit(): Promise<void> {
    await this.limit();
    this.#remaining();
    await this.query('commit');
  }

  async rollback(): Promise<void> {
    await this.query('rollback');
  }

  #limits(lockMs: number): string {
    const left = this.#remaining();
    return (
      `set local lock_timeout = ${lockMs}; set local statement_timeout = ${left}; set local ` +
      `idle_in_transaction_session_timeout = ${left}`
    );
  }

  #remaining(): number {
    const left = Math.floor(this.#limitMs - (this.#now() - this.#startedAt));
    if (left < 1)
      throw new Error(
        `postgres-sql: the time limit of this call (${this.#limitMs} ms) is over; the next call continues`,
      );
    return left;
  }
}
