import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ActionModule } from '../action/action.module.js';
import { ActionPurge } from '../action/purge/action-purge.repository.js';
import { ActionReleases } from '../action/releases/action-releases.repository.js';
import { DeploymentCheckSchedule } from '../action/releases/deployment-check-schedule.repository.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { READ } from '../database/data-source-names.js';
import { Sql } from '../database/sql.js';
import { InstallationModule } from '../installation/installation.module.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import { VercelGateway } from '../vercel/gateway.js';
import { VercelModule } from '../vercel/vercel.module.js';
import { DeploymentCheck } from './deployment-check.entity.js';
import { EvidenceRepository } from './evidence.repository.js';
import { Purger } from './purger.js';
import { Sweeper } from './sweeper.js';
import { SweeperLifecycle } from './sweeper-lifecycle.js';

const sweeperOf = (
  { actions }: Config,
  releases: ActionReleases,
  schedule: DeploymentCheckSchedule,
  installations: InstallationRepository,
  gateway: VercelGateway,
  evidence: EvidenceRepository,
): Sweeper =>
  new Sweeper({
    releases,
    schedule,
    gateway,
    evidence,
    actions,
    access: (subjects) => installations.lookup(subjects),
  });

const purgerOf = ({ retention: keep }: Config, purges: ActionPurge): Purger => new Purger({ purges, keep });

/**
 * Releases actions that no cleanup will release, and purges old rows. Needs `CONFIG` and the database's
 * providers from global modules.
 */
@Module({
  imports: [
    ActionModule,
    InstallationModule,
    VercelModule,
    TypeOrmModule.forFeature([DeploymentCheck], READ),
  ],
  providers: [
    { provide: EvidenceRepository, inject: [Sql], useFactory: (sql: Sql) => new EvidenceRepository(sql) },
    {
      provide: Sweeper,
      inject: [
        CONFIG,
        ActionReleases,
        DeploymentCheckSchedule,
        InstallationRepository,
        VercelGateway,
        EvidenceRepository,
      ],
      useFactory: sweeperOf,
    },
    { provide: Purger, inject: [CONFIG, ActionPurge], useFactory: purgerOf },
    SweeperLifecycle,
  ],
})
export class SweeperModule {}
