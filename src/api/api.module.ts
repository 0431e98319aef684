import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OperatorAuthModule } from '../access/auth/operator-auth.module.js';
import { OperatorLimits } from '../access/limits/operator-limits.js';
import { ActionModule } from '../action/action.module.js';
import { READ } from '../database/database.constants.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { ApiDocument } from '../http/openapi/document.js';
import { OpenStreams } from '../http/streaming/open-streams.js';
import { InstallationModule } from '../installation/installation.module.js';
import { StatusLinksModule } from '../status/status-links.module.js';
import { VercelCall } from '../vercel/recorder/vercel-call.entity.js';
import { ActionController } from './actions/action.controller.js';
import { AllocationController } from './allocations/allocation.controller.js';
import { DeliveryController } from './deliveries/delivery.controller.js';
import { DeploymentController } from './deployments/deployment.controller.js';
import { DocumentController } from './document.controller.js';
import { EventController } from './events/event.controller.js';
import { EventHub } from './events/event-hub.js';
import { InstallationController } from './installations/installation.controller.js';
import { InstallationListController } from './installations/installation-list.controller.js';
import { MeController } from './me/me.controller.js';
import { PurgeController } from './purges/purge.controller.js';
import { ResourceController } from './resources/resource.controller.js';
import { ResourceListController } from './resources/resource-list.controller.js';
import { Summaries } from './summary/summary.js';
import { SummaryController } from './summary/summary.controller.js';
import { TransitionController } from './transitions/transition.controller.js';

/** The operators' routes. Needs `CONFIG` and the database's providers from global modules. */
@Module({
  imports: [
    OperatorAuthModule,
    ActionModule,
    InstallationModule,
    DeploymentsModule,
    StatusLinksModule,
    TypeOrmModule.forFeature([VercelCall], READ),
  ],
  controllers: [
    ActionController,
    AllocationController,
    DeliveryController,
    DeploymentController,
    DocumentController,
    EventController,
    InstallationListController,
    InstallationController,
    MeController,
    PurgeController,
    ResourceListController,
    ResourceController,
    SummaryController,
    TransitionController,
  ],
  providers: [ApiDocument, OpenStreams, OperatorLimits, Summaries, EventHub],
})
export class ApiModule {}
