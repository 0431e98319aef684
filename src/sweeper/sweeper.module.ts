import { Module } from '@nestjs/common';
import { ActionModule } from '../action/action.module.js';
import { ActionStore } from '../action/action-store.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { Sql } from '../database/sql.js';
import { InstallationModule } from '../installation/installation.module.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import { VercelGateway } from '../vercel/gateway.js';
import { VercelModule } from '../vercel/vercel.module.js';
import { EvidenceRepository } from './evidence.repository.js';
import { Purger } from './purger.js';
import { Sweeper } from './sweeper.js';
import { SweeperLifecycle } from './sweeper-lifecycle.js';

const sweeperOf = (
  { actions }: Config,
  store: ActionStore,
  installations: InstallationRepository,
  gateway: VercelGateway,
  evidence: EvidenceRepository,
): Sweeper =>
  new Sweeper({
    store,
    gateway,
    evidence,
    actions,
    access: (subjects) => installations.lookup(subjects),
  });

const purgerOf = ({ retention: keep }: Config, store: ActionStore): Purger => new Purger({ store, keep });

/** Releases actions that no cleanup will release, and purges old records. Needs `CONFIG` and the database's providers from global modules. */
@Module({
  imports: [ActionModule, InstallationModule, VercelModule],
  providers: [
    { provide: EvidenceRepository, inject: [Sql], useFactory: (sql: Sql) => new EvidenceRepository(sql) },
    {
      provide: Sweeper,
      inject: [CONFIG, ActionStore, InstallationRepository, VercelGateway, EvidenceRepository],
      useFactory: sweeperOf,
    },
    { provide: Purger, inject: [CONFIG, ActionStore], useFactory: purgerOf },
    SweeperLifecycle,
  ],
})
export class SweeperModule {}
