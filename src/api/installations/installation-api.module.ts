import { Module } from '@nestjs/common';
import { ActionModule } from '../../action/action.module.js';
import { OperatorAuthModule } from '../../access/auth/operator-auth.module.js';
import { InstallationController } from './installation.controller.js';
import { InstallationListController } from './installation-list.controller.js';
import { InstallationModule } from '../../installation/installation.module.js';
import { ResourceController } from '../resources/resource.controller.js';
import { ResourceListController } from '../resources/resource-list.controller.js';

/** The operators' routes, and the store behind them. */
@Module({
  imports: [OperatorAuthModule, InstallationModule, ActionModule],
  controllers: [
    InstallationListController,
    InstallationController,
    ResourceListController,
    ResourceController,
  ],
  exports: [InstallationModule],
})
export class InstallationApiModule {}
