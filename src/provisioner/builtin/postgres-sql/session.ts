/**
 * The connection of one call, on which everything is a transaction. Nothing takes effect after the call's time: a commit is
 * sent only while there is time, and the server ends a transaction whose client is silent for as long as that.
 */
import type pg from 'pg';
import { CALL_LIMIT_MS } from '../../limits.js';
import type { DeprovisionRequest } from '../../provisioner.js';
import { ConnectionSettings } from '../postgres-connection.js';
import { isLockTimeout, TurnTaken } from './failure.js';

/** 5 s less than the core's limit, so that nothing takes effect after the limit, even in a sequence or after a slow start. */
const CALL_MS = CALL_LIMIT_MS - 5_000;
/** After this long no further file is begun: each gets most of a call. */
const BEGIN_MS = 10_000;
/** The server ends a statement at the call's end and says so; only when it does not is the connection cut. */
const SILENCE_MS = 1_000;
const CONNECT_MS = 5_000;
/** How long another call that is running a file is waited for before the verb answers `pending`. */
const TURN_MS = 3_000;
/** How long a file waits for a lock that something else holds. */
const LOCK_MS = 10_000;

type Caller = { readonly signal: AbortSignal; readonly log: DeprovisionRequest['log'] };

export interface ScriptSessionOptions {
  readonly limitMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

export class ScriptSession {
  readonly #connection: ConnectionSettings;
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
    this.#connection = new ConnectionSettings(url, {
      plugin: 'postgres-sql',
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs + SILENCE_MS)]),
      log: (message, fields) => log(message, fields),
      connectMs: CONNECT_MS,
      startup: '', // the files are the customer's, and run as the role of their url
    });
  }

  /** Runs `work` on a connection of its own and closes it, whatever happens. */
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

  /** Whether another file may be begun in this call. */
  get hasTime(): boolean {
    return this.#now() - this.#startedAt < BEGIN_MS;
  }

  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    return this.#connection.query<Row>(sql, values);
  }

  /** Begins a transaction and waits until no other call has one on `subject`; throws TurnTaken when that takes too long. */
  async begin(subject: string): Promise<void> {
    await this.query(`begin; ${this.#limits(TURN_MS)}`);
    try {
      await this.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `drawbridge-sql:${subject}`,
      ]);
    } catch (error) {
      throw isLockTimeout(error) ? new TurnTaken(error) : error;
    }
    await this.limit();
  }

  /** The limits anew: what ran since may have changed them, as dumps do. */
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
    return `set local lock_timeout = ${lockMs}; set local statement_timeout = ${left}; set local idle_in_transaction_session_timeout = ${left}`;
  }

  #remaining(): number {
    const left = Math.floor(this.#limitMs - (this.#now() - this.#startedAt));
    if (left < 1)
      throw new Error(`postgres-sql: this call's ${this.#limitMs} ms are over; nothing more is done in it`);
    return left;
  }
}
