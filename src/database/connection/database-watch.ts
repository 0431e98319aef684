import { setTimeout as sleep } from 'node:timers/promises';
import { SQLSTATE, type Outage } from '../../errors/database-error.js';
import { reportOutage, reportService } from './outage-log.js';
import type { Sessions } from './sessions.js';
import type { Sql } from '../sql.js';

const LOOK_EVERY_MS = 500;
/**
 * No call outside is begun that could not be recorded: the database was seen to take writes no longer ago
 * than this.
 */
const FRESH_MS = 250;

/**
 * Whether this session takes writes, and whether a new one would be read-only by a setting of the database or
 * the role (`ALTER DATABASE … SET default_transaction_read_only`), which sessions that are open already do
 * not follow. What the connection itself sets wins over both.
 */
const STATE = `
  SELECT current_setting('transaction_read_only')::boolean AS "readOnly",
    CASE WHEN coalesce((
      SELECT option_value::boolean
      FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.pg_options_to_table(s.setconfig)
      WHERE option_name = 'default_transaction_read_only'
        AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
        AND s.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user))
      ORDER BY s.setrole DESC, s.setdatabase DESC LIMIT 1), false)
    THEN (SELECT source <> 'client' FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only')
    ELSE false END AS "nextReadOnly"`;

interface State {
  readOnly: boolean;
  nextReadOnly: boolean;
}

/**
 * Knows whether the database does the work of this process: it looks by the pool, and so by the settings, by
 * which webhooks and actions are written. Sessions from before a change, in either direction, are closed in
 * all pools.
 */
export class DatabaseWatch {
  private trouble: Outage | null = null;
  private since = 0;
  private wellAt = -Infinity;
  private looking: Promise<Outage | null> | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** @param others sessions of the other pools */
  constructor(
    private readonly sql: Sql,
    private readonly others: readonly Sessions[] = [],
  ) {}

  /** As it was when it was looked at last. */
  get outage(): Outage | null {
    return this.trouble;
  }

  start(): void {
    this.timer ??= setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  async close(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.looking;
  }

  /** Looks now. Never rejects. */
  look(): Promise<Outage | null> {
    return (this.looking ??= this.ask().finally(() => (this.looking = null)));
  }

  /** Resolves once the database takes writes, or when `signal` is aborted. */
  async untilWritable(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.isFresh() && (await this.look()) !== null)
      await sleep(FRESH_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }

  private isFresh(): boolean {
    return this.trouble === null && performance.now() - this.wellAt < FRESH_MS;
  }

  private async ask(): Promise<Outage | null> {
    try {
      await this.expectWritable();
      this.note(null);
    } catch (error) {
      this.note(reportOutage(error) ?? unknown(error));
    }
    return this.trouble;
  }

  /** A session may be of another time: only what a fresh one says counts. */
  private async expectWritable(): Promise<void> {
    const { readOnly, nextReadOnly } = await this.state();
    if (!readOnly && (!nextReadOnly || this.sql.pooled)) return;
    this.retireAll();
    if ((await this.state()).readOnly) {
      this.retireAll();
      throw Object.assign(new Error('sessions are read-only'), { code: SQLSTATE.readOnly });
    }
  }

  private async state(): Promise<State> {
    const [state] = await this.sql.rows<State>({ text: STATE }, []);
    if (state === undefined) throw new Error('database: its state is no row');
    return state;
  }

  private note(found: Outage | null): void {
    const before = this.trouble;
    this.trouble = found;
    if (found === null) this.wellAt = performance.now();
    if (before === null && found !== null) this.since = performance.now();
    if (before === null || found !== null) return;
    if (before.cause === 'read-only') this.retireAll();
    reportService(Math.round((performance.now() - this.since) / 100) / 10);
  }

  private retireAll(): void {
    for (const sessions of [this.sql.sessions, ...this.others]) sessions.retire();
  }
}

/** Whatever keeps it from being looked at keeps the work from being done. */
function unknown(error: unknown): Outage {
  const { code, message: text } = error as { code?: string; message: string };
  return { cause: 'fault', code: code ?? 'unknown', text, origin: error as object };
}
