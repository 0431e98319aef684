import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PgBoss, type Job } from 'pg-boss';
import { reportOutage } from '../database/connection/outage-log.js';
import { RETENTION_QUEUE, SWEEP_QUEUE, type SweepJob } from '../database/queue/queue.js';
import { failure, logEvent } from '../log/log.js';
import { inProcessSpan } from '../tracing/job-span.js';
import { Purger } from './purger.js';
import { Sweeper } from './sweeper.js';

/** The sweep of a removed installation does not wait for the running sweep. */
const SWEEPS_AT_ONCE = 2;

/**
 * Starts sweeps and purges when their queues have jobs, until the shutdown (boot/shutdown.ts) calls `stop`.
 */
@Injectable()
export class SweeperLifecycle implements OnApplicationBootstrap {
  private readonly stopping = new AbortController();

  constructor(
    private readonly boss: PgBoss,
    private readonly sweeper: Sweeper,
    private readonly purger: Purger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.boss.work<SweepJob | null>(SWEEP_QUEUE, { localConcurrency: SWEEPS_AT_ONCE }, ([job]) =>
      this.sweep(job as Job<SweepJob | null>),
    );
    await this.boss.work(RETENTION_QUEUE, ([job]) => this.purge(job as Job));
  }

  /** Aborts a running sweep and purge between two batches, and fetches no further job. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([SWEEP_QUEUE, RETENTION_QUEUE].map((queue) => this.boss.offWork(queue)));
  }

  private sweep({ id: jobId, data, signal }: Job<SweepJob | null>): Promise<void> {
    const id = data?.installationId;
    const onError = (error: unknown): void =>
      void (reportOutage(error) ?? logEvent('sweep-failed', { installationId: id, ...failure(error) }));
    const sweep = (stop: AbortSignal): Promise<void> =>
      id === undefined ? this.sweeper.sweep(stop) : this.sweeper.sweepInstallation(id, stop);
    return inProcessSpan(SWEEP_QUEUE, { id: jobId }, () => this.runUntilStopped(onError, signal, sweep));
  }

  private purge({ id: jobId, signal }: Job): Promise<void> {
    const onError = (error: unknown): void =>
      void (reportOutage(error) ?? logEvent('retention-failed', failure(error)));
    const purge = (stop: AbortSignal): Promise<void> => this.purger.run(stop);
    return inProcessSpan(RETENTION_QUEUE, { id: jobId }, () => this.runUntilStopped(onError, signal, purge));
  }

  /**
   * Logs an error and rethrows it, so that the queue stores it with the job. The schedule starts the next
   * run.
   */
  private async runUntilStopped(
    onError: (error: unknown) => void,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    try {
      await work(AbortSignal.any([signal, this.stopping.signal]));
    } catch (error) {
      onError(error);
      throw error;
    }
  }
}
