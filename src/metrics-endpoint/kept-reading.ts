import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

/** What is read of the database for gauges: sets them, or takes their values away. */
export interface DatabaseGauges {
  read(session: EntityManager): Promise<void>;
  forget(): void;
}

export interface Keeping {
  /** Runs a reading; the session is its own. */
  open(work: (session: EntityManager) => Promise<void>): Promise<void>;
  onFailure(error: unknown): void;
  onSuccess(): void;
  now?: () => number;
}

/** How long a reading is good for at least. */
export const KEEP_MS = 5_000;
/** A reading that takes long is good for so many times its time, so that a process takes half a percent of one core of the database. */
const SHARE = 200;
const KEEP_MOST_MS = 60_000;
/** A scrape waits no longer: it gets the last reading, or no gauges where that is older than a minute. The reading goes on for the next. */
export const WAIT_MS = 2_000;

/** One reading at a time, for all who scrape at about the same time. A database that does not answer leaves the gauges without a value. */
export class KeptReading {
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
    // Aborted once the reading is there first: then nobody asks what became of the wait.
    const late = sleep(WAIT_MS, 'late' as const, { signal: waiting.signal }).catch(() => undefined);
    const first = await Promise.race([this.running, late]);
    waiting.abort();
    if (first === 'late' && this.now() - this.readAt > KEEP_MOST_MS)
      this.fail(new Error(`the database does not answer within ${WAIT_MS} ms`));
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
