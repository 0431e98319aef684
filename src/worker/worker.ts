import { Injectable } from '@nestjs/common';
import { failure, logEvent } from '../log/log.js';
import { JobFetcher } from './fetch/job-fetcher.js';
import { WorkerMaintenance } from './worker-maintenance.js';
import { Listener } from '../database/listener.js';

/** Polling finds deferred jobs, and jobs whose notification was lost. */
const POLL_MS = 500;
const COMPARE_MS = 500;
const TIDY_MS = 1_000;
const HEAL_MS = 60_000;
/** Well below the heartbeat of the queue, so that one slow heartbeat does not lose the job. */
const BEAT_MS = 3_000;

/** Drives the job fetcher by notifications and polling, and runs the worker's maintenance. */
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
    this.logLosses();
    this.every(POLL_MS, async () => this.fetcher.wake());
    this.every(COMPARE_MS, () => this.maintenance.compare());
    this.every(BEAT_MS, () => this.maintenance.beat());
    this.every(TIDY_MS, () => this.maintenance.tidy());
    this.every(HEAL_MS, () => this.maintenance.heal());
    this.fetcher.wake();
  }

  /** Hands all actions in flight back. Heartbeats continue until then. */
  async stop(graceMs: number): Promise<void> {
    try {
      await this.fetcher.stop(graceMs);
    } finally {
      this.timers.forEach((timer) => clearInterval(timer));
    }
  }

  /** Logs a lost connection once, and again only after a reconnect. */
  private logLosses(): void {
    let lost = false;
    this.listener.on('wake', () => (lost = false));
    this.listener.on('lost', (error) => {
      if (!lost) logEvent('listener-lost', failure(error));
      lost = true;
    });
  }

  /**
   * Interrupts the runs whose rows have moved; a notification alone proves nothing. If the check fails, the
   * next comparison finds them.
   */
  private follow(ids: readonly string[]): void {
    void this.maintenance.follow(ids).catch((error: unknown) => logEvent('upkeep-failed', failure(error)));
  }

  /** Runs `round` every `ms` milliseconds. Skips a round while the previous one runs. */
  private every(ms: number, round: () => Promise<void>): void {
    let [busy, failing] = [false, false];
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      void round()
        .then(() => (failing = false))
        .catch((error: unknown) => {
          if (!failing) logEvent('upkeep-failed', failure(error));
          failing = true; // logged once until a round succeeds
        })
        .finally(() => (busy = false));
    }, ms);
    this.timers.push(timer);
  }
}
