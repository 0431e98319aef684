import { Module } from '@nestjs/common';
import { ActionModule } from '../../action/action.module.js';
import { OperatorAuthModule } from '../../access/auth/operator-auth.module.js';
import { InstallationController } from './installation.controller.js';
import { InstallationListController } from './installation-list.controller.js';
import { InstallationStoreModule } from '../../installation/installation.module.js';
import { ResourceController } from '../resources/resource.controller.js';
import { ResourceListController } from '../resources/resource-list.controller.js';

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
