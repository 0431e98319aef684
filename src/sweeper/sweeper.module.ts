import { Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PgBoss, type Job } from 'pg-boss';
import { ActionModule } from '../action/action.module.js';
import { ActionPurge } from '../action/purge/action-purge.repository.js';
import { ActionReleases } from '../action/releases/action-releases.repository.js';
import { DeploymentCheckSchedule } from '../action/releases/deployment-check-schedule.repository.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { reportOutage } from '../database/connection/outage-log.js';
import { RETENTION_QUEUE, SWEEP_QUEUE, type SweepJob } from '../database/queue/queue.js';
import { READ } from '../database/data-source-names.js';
import { Sql } from '../database/sql.js';
import { InstallationModule } from '../installation/installation.module.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import { failure, logEvent } from '../log/log.js';
import { inProcessSpan } from '../tracing/job-span.js';
import { VercelGateway } from '../vercel/gateway.js';
import { WorkerModule } from '../worker/worker.module.js';
import { DeploymentCheck } from './deployment-check.entity.js';
import { EvidenceRepository } from './evidence.repository.js';
import { Purger } from './purger.js';
import { Sweeper } from './sweeper.js';

/** A removed installation does not wait for the sweep under way. */
const AT_ONCE = 2;

const sweeperOf = (
  { actions }: Config,
  releases: ActionReleases,
  schedule: DeploymentCheckSchedule,
  installations: InstallationRepository,
  gateway: VercelGateway,
  sql: Sql,
): Sweeper =>
  new Sweeper({
    releases,
    schedule,
    gateway,
    evidence: new EvidenceRepository(sql),
    actions,
    access: (subjects) => installations.lookup(subjects),
  });

const retentionOf = ({ retention: keep }: Config, purges: ActionPurge): Purger =>
  new Purger({ purges, keep });

/** Sweeps, and clears away what has been kept for its time, when the queues say so. Needs `CONFIG` and the database's providers from modules that are global. */
@Module({
  imports: [
    ActionModule,
    InstallationModule,
    WorkerModule,
    TypeOrmModule.forFeature([DeploymentCheck], READ),
  ],
  providers: [
    {
      provide: Sweeper,
      inject: [CONFIG, ActionReleases, DeploymentCheckSchedule, InstallationRepository, VercelGateway, Sql],
      useFactory: sweeperOf,
    },
    { provide: Purger, inject: [CONFIG, ActionPurge], useFactory: retentionOf },
  ],
})
export class SweeperModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly boss: PgBoss,
    private readonly sweeper: Sweeper,
    private readonly retention: Purger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.boss.work<SweepJob | null>(SWEEP_QUEUE, { localConcurrency: AT_ONCE }, ([job]) =>
      this.sweep(job as Job<SweepJob | null>),
    );
    await this.boss.work(RETENTION_QUEUE, ([job]) => this.clear(job as Job));
  }

  async beforeApplicationShutdown(): Promise<void> {
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

  private clear({ id: jobId, signal }: Job): Promise<void> {
    const onError = (error: unknown): void =>
      void (reportOutage(error) ?? logEvent('retention-failed', failure(error)));
    const clear = (either: AbortSignal): Promise<void> => this.retention.run(either);
    return inProcessSpan(RETENTION_QUEUE, { id: jobId }, () => this.attempt(onError, signal, clear));
  }

  /** The queue keeps the error with the job; the next one is due by the schedule. */
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
