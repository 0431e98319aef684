import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ActionModule } from '../action/action.module.js';
import { READ } from '../database/database.constants.js';
import { InstallationModule } from '../installation/installation.module.js';
import { VercelModule } from '../vercel/vercel.module.js';
import { DeploymentCheck } from './deployment-check.entity.js';
import { EvidenceRepository } from './evidence.repository.js';
import { Purger } from './purger.js';
import { Sweeper } from './sweeper.js';
import { SweeperLifecycle } from './sweeper-lifecycle.js';

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
  providers: [EvidenceRepository, Sweeper, Purger, SweeperLifecycle],
})
export class SweeperModule {}
