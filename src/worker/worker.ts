import { Injectable } from '@nestjs/common';
import { failure, logEvent } from '../log/log.js';
import { JobFetcher } from './fetch/job-fetcher.js';
import { WorkerMaintenance } from './worker-maintenance.js';
import { Listener } from '../database/listener.js';

/**
 * The floor below notifications: jobs that were deferred, and whatever a lost notification would have told.
 */
const POLL_MS = 500;
const COMPARE_MS = 500;
const TIDY_MS = 1_000;
const HEAL_MS = 60_000;
/** Well below the heartbeat of the queue, so that a slow beat does not lose the job. */
const BEAT_MS = 3_000;

/** Drives the job fetcher, by notifications and by polling below them, and the worker's maintenance. */
@Injectable()
export class Worker {
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly fetcher: JobFetcher,
    private readonly maintenance: WorkerMaintenance,
    private readonly listener: Listener,
  ) {}

  start(): void {
    this.listener.on('wake', () => this.fetcher.wake());
    this.listener.on('moved', (ids) => this.follow(ids));
    this.tellOfLosses();
    this.every(POLL_MS, async () => this.fetcher.wake());
    this.every(COMPARE_MS, () => this.maintenance.compare());
    this.every(BEAT_MS, () => this.maintenance.beat());
    this.every(TIDY_MS, () => this.maintenance.tidy());
    this.every(HEAL_MS, () => this.maintenance.heal());
    this.fetcher.wake();
  }

  /** Hands everything back. Heartbeats go on until then. */
  async stop(graceMs: number): Promise<void> {
    try {
      await this.fetcher.stop(graceMs);
    } finally {
      this.timers.forEach((timer) => clearInterval(timer));
    }
  }

  /** Once until it is connected again, however often that fails. */
  private tellOfLosses(): void {
    let lost = false;
    this.listener.on('wake', () => (lost = false));
    this.listener.on('lost', (error) => {
      if (!lost) logEvent('listener-lost', failure(error));
      lost = true;
    });
  }

  /**
   * A notification alone interrupts nothing. One that cannot be checked now is made up for by the comparison
   * that comes next.
   */
  private follow(ids: readonly string[]): void {
    void this.maintenance.follow(ids).catch((error: unknown) => logEvent('upkeep-failed', failure(error)));
  }

  /** One at a time: a slow round is not overlapped by the next. */
  private every(ms: number, round: () => Promise<void>): void {
    let [busy, failing] = [false, false];
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      void round()
        .then(() => (failing = false))
        .catch((error: unknown) => {
          if (!failing) logEvent('upkeep-failed', failure(error));
          failing = true; // said once, however often it fails until it works again
        })
        .finally(() => (busy = false));
    }, ms);
    this.timers.push(timer);
  }
}
