import { setTimeout as sleep } from 'node:timers/promises';
import { SQLSTATE, type Outage } from '../../errors/database-error.js';
import { reportOutage, reportService } from './outage-log.js';
import type { Sessions } from './sessions.js';
import type { Sql } from '../sql.js';

const CHECK_EVERY_MS = 500;
/**
 * A successful check is valid for this long. A worker calls Vercel or a plugin only within this time, so that
 * the result can be recorded.
 */
const FRESH_MS = 250;

/**
 * Reads whether this session is read-only, and whether a new session would be. A setting of the database or
 * the role (`ALTER DATABASE … SET default_transaction_read_only`) affects new sessions only. A setting of the
 * connection overrides both.
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
 * Checks whether the database accepts the writes of this process. Uses the pool that writes webhooks and
 * actions, with its settings. When a database becomes read-only or writable again, closes the older sessions
 * of all pools.
 */
export class DatabaseWatch {
  private lastOutage: Outage | null = null;
  private since = 0;
  private writableAt = -Infinity;
  private checking: Promise<Outage | null> | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** @param others sessions of the other pools */
  constructor(
    private readonly sql: Sql,
    private readonly others: readonly Sessions[] = [],
  ) {}

  /** The result of the last check. */
  get outage(): Outage | null {
    return this.lastOutage;
  }

  start(): void {
    this.timer ??= setInterval(() => void this.look(), CHECK_EVERY_MS);
  }

  async close(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.checking;
  }

  /** Checks now. Never rejects. */
  look(): Promise<Outage | null> {
    return (this.checking ??= this.check().finally(() => (this.checking = null)));
  }

  /** Resolves once the database accepts writes, or when `signal` is aborted. */
  async untilWritable(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.isFresh() && (await this.look()) !== null)
      await sleep(FRESH_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }

  private isFresh(): boolean {
    return this.lastOutage === null && performance.now() - this.writableAt < FRESH_MS;
  }

  private async check(): Promise<Outage | null> {
    try {
      await this.expectWritable();
      this.note(null);
    } catch (error) {
      this.note(reportOutage(error) ?? unknown(error));
    }
    return this.lastOutage;
  }

  /** Asks again in a new session: an old session may have kept an outdated setting. */
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
    if (state === undefined) throw new Error('database: the query for its state returned no row');
    return state;
  }

  private note(found: Outage | null): void {
    const before = this.lastOutage;
    this.lastOutage = found;
    if (found === null) this.writableAt = performance.now();
    if (before === null && found !== null) this.since = performance.now();
    if (before === null || found !== null) return;
    if (before.cause === 'read-only') this.retireAll();
    reportService(Math.round((performance.now() - this.since) / 100) / 10);
  }

  private retireAll(): void {
    for (const sessions of [this.sql.sessions, ...this.others]) sessions.retire();
  }
}

/** An error that prevents the check is treated as an outage: it prevents the work as well. */
function unknown(error: unknown): Outage {
  const { code, message: text } = error as { code?: string; message: string };
  return { cause: 'fault', code: code ?? 'unknown', text, origin: error as object };
}
