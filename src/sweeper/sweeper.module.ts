import { Logger, Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { PgBoss, type Job } from 'pg-boss';
import { ActionModule } from '../action/action.module.js';
import { ActionStore } from '../action/action.store.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { SWEEP_QUEUE, type SweepJob } from '../database/queue.js';
import { InstallationStoreModule } from '../installation/installation.store.module.js';
import { InstallationStore } from '../installation/installation.store.js';
import { VercelGateway } from '../vercel/gateway.js';
import { WorkerModule } from '../worker/worker.module.js';
import { Sweeper } from './sweeper.js';

/** A removed installation does not wait for the sweep under way. */
const AT_ONCE = 2;

const logger = new Logger('Sweeper');

const sweeperOf = (
  { actions }: Config,
  store: ActionStore,
  installations: InstallationStore,
  gateway: VercelGateway,
): Sweeper =>
  new Sweeper({
    store,
    gateway,
    actions,
    access: (subjects) => installations.lookup(subjects),
    log: (msg, fields) => logger.log({ msg, ...fields }),
  });

/** Sweeps when the queue says so. Needs `CONFIG` and the database's providers from modules that are global. */
@Module({
  imports: [ActionModule, InstallationStoreModule, WorkerModule],
  providers: [
    {
      provide: Sweeper,
      inject: [CONFIG, ActionStore, InstallationStore, VercelGateway],
      useFactory: sweeperOf,
    },
  ],
})
export class SweeperModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly boss: PgBoss,
    private readonly sweeper: Sweeper,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.boss.work<SweepJob | null>(SWEEP_QUEUE, { localConcurrency: AT_ONCE }, ([job]) =>
      this.sweep(job as Job<SweepJob | null>),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.boss.offWork(SWEEP_QUEUE);
  }

  /** The queue keeps the error with the job; the next sweep is due within a minute. */
  private async sweep({ data, signal }: Job<SweepJob | null>): Promise<void> {
    const either = AbortSignal.any([signal, this.stopping.signal]);
    try {
      if (data?.installationId === undefined) await this.sweeper.sweep(either);
      else await this.sweeper.sweepInstallation(data.installationId, either);
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      logger.error({ msg: `a sweep failed: ${message}`, stack });
      throw error;
    }
  }
}
