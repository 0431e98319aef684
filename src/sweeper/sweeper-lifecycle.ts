import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PgBoss, type Job } from 'pg-boss';
import { reportOutage } from '../database/connection/outage-log.js';
import { RETENTION_QUEUE, SWEEP_QUEUE, type SweepJob } from '../database/queue/queue.js';
import { failure, logEvent } from '../log/log.js';
import { inProcessSpan } from '../tracing/job-span.js';
import { Purger } from './purger.js';
import { Sweeper } from './sweeper.js';

/** A removed installation does not wait for the sweep that is running. */
const SWEEPS_AT_ONCE = 2;

/** Sweeps and purges when their queues say so, until the process ends (boot/shutdown.ts says when). */
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

  /** Aborts a sweep and a purge between two of their batches, and takes no further job. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([SWEEP_QUEUE, RETENTION_QUEUE].map((queue) => this.boss.offWork(queue)));
  }

  private sweep({ id: jobId, data, signal }: Job<SweepJob | null>): Promise<void> {
    const id = data?.installationId;
    const onError = (error: unknown): void =>
      void (reportOutage(error) ?? logEvent('sweep-failed', { installationId: id, ...failure(error) }));
    const sweep = (either: AbortSignal): Promise<void> =>
      id === undefined ? this.sweeper.sweep(either) : this.sweeper.sweepInstallation(id, either);
    return inProcessSpan(SWEEP_QUEUE, { id: jobId }, () => this.attempt(onError, signal, sweep));
  }

  private purge({ id: jobId, signal }: Job): Promise<void> {
    const onError = (error: unknown): void =>
      void (reportOutage(error) ?? logEvent('retention-failed', failure(error)));
    const purge = (either: AbortSignal): Promise<void> => this.purger.run(either);
    return inProcessSpan(RETENTION_QUEUE, { id: jobId }, () => this.attempt(onError, signal, purge));
  }

  /** The queue keeps the error with the job; the schedule brings the next one. */
  private async attempt(
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
