import { Module } from '@nestjs/common';
import { ActionModule } from '../action/action.module.js';
import { OperatorAuthModule } from '../operator/auth/operator.auth.module.js';
import { InstallationController } from './installation.controller.js';
import { InstallationListController } from './installation.list.controller.js';
import { InstallationStoreModule } from './installation.store.module.js';
import { ResourceController } from './resource.controller.js';
import { ResourceListController } from './resource.list.controller.js';

/** The operators' routes, and the store behind them. */
@Module({
  imports: [OperatorAuthModule, InstallationStoreModule, ActionModule],
  controllers: [
    InstallationListController,
    InstallationController,
    ResourceListController,
    ResourceController,
  ],
  exports: [InstallationStoreModule],
})
export class InstallationModule {}
