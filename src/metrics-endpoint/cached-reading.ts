import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

/** Gauges that are read from the database: sets them, or removes their values. */
export interface DatabaseGauges {
  read(session: EntityManager): Promise<void>;
  forget(): void;
}

export interface Keeping {
  /** Runs a reading in a session of its own. */
  open(work: (session: EntityManager) => Promise<void>): Promise<void>;
  onFailure(error: unknown): void;
  onSuccess(): void;
  now?: () => number;
}

/** Minimum validity of a reading in ms. */
export const KEEP_MS = 5_000;
/**
 * Validity of a slow reading as a multiple of its duration: a process uses at most half a percent of a
 * database core.
 */
const SHARE = 200;
const KEEP_MOST_MS = 60_000;
/**
 * Time limit of a scrape. After it, the scrape gets the last reading, or no gauges if that is older than a
 * minute.
 */
export const WAIT_MS = 2_000;

/**
 * Shares one reading between concurrent scrapes. If the database does not respond, the gauges have no value.
 */
export class CachedReading {
  private goodUntil = 0;
  private readAt = -Infinity;
  private running: Promise<void> | null = null;
  private readonly now: () => number;

  constructor(
    private readonly gauges: DatabaseGauges,
    private readonly keeping: Keeping,
  ) {
    this.now = keeping.now ?? (() => performance.now());
  }

  async refresh(): Promise<void> {
    if (this.running === null && this.now() < this.goodUntil) return;
    this.running ??= this.read().finally(() => (this.running = null));
    const waiting = new AbortController();
    // A faster reading aborts the timer, whose rejection is ignored.
    const late = sleep(WAIT_MS, 'late' as const, { signal: waiting.signal }).catch(() => undefined);
    const first = await Promise.race([this.running, late]);
    waiting.abort();
    if (first === 'late' && this.now() - this.readAt > KEEP_MOST_MS)
      this.fail(new Error(`the database does not respond within ${WAIT_MS} ms`));
  }

  private async read(): Promise<void> {
    const start = this.now();
    try {
      await this.keeping.open((session) => this.gauges.read(session));
      this.keeping.onSuccess();
      this.readAt = this.now();
      const good = Math.min(KEEP_MOST_MS, Math.max(KEEP_MS, SHARE * (this.readAt - start)));
      this.goodUntil = this.readAt + good;
    } catch (error) {
      this.fail(error);
      this.goodUntil = this.now() + KEEP_MS;
    }
  }

  private fail(error: unknown): void {
    this.gauges.forget();
    this.keeping.onFailure(error);
  }
}
