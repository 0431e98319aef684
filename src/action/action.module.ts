import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { READ } from '../database/database.constants.js';
import { InstallationModule } from '../installation/installation.module.js';
import { ActionClaims } from './claims/action-claims.repository.js';
import { ActionCommands } from './commands/action-commands.repository.js';
import { ResourceTransfers } from './commands/resource-transfers.repository.js';
import { Action } from './entities/action.entity.js';
import { Allocation } from './entities/allocation.entity.js';
import { Delivery } from './entities/delivery.entity.js';
import { PurgeRun } from './entities/purge-run.entity.js';
import { ResourceTransfer } from './entities/resource-transfer.entity.js';
import { Transition } from './entities/transition.entity.js';
import { ActionIntake } from './intake/action-intake.repository.js';
import { JobOutbox } from './job-outbox.js';
import { ActionPurge } from './purge/action-purge.repository.js';
import { ActionReleases } from './releases/action-releases.repository.js';
import { DeploymentCheckSchedule } from './releases/deployment-check-schedule.repository.js';
import { ActionUpdates } from './updates/action-updates.repository.js';

const REPOSITORIES = [
  ActionIntake,
  ActionClaims,
  ActionUpdates,
  ActionCommands,
  ResourceTransfers,
  ActionReleases,
  DeploymentCheckSchedule,
  ActionPurge,
];

/**
 * The only writer of deliveries, actions, allocations and transitions. Each repository writes a change of
 * state, its transition and the job for it in one transaction. These paths are hot, so they are SQL
 * (docs/decisions/0013-hot-paths-are-sql.md). Operators' lists read the same tables through the entities.
 */
@Module({
  imports: [
    InstallationModule,
    TypeOrmModule.forFeature([Action, Allocation, Delivery, PurgeRun, ResourceTransfer, Transition], READ),
  ],
  providers: [JobOutbox, ...REPOSITORIES],
  exports: REPOSITORIES,
})
export class ActionModule {}
