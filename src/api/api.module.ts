import { Module } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { OperatorAuthModule } from '../access/auth/operator-auth.module.js';
import { OperatorLimits } from '../access/limits/operator-limits.js';
import { ActionModule } from '../action/action.module.js';
import { READ_DATABASE } from '../database/database-tokens.js';
import { Listener } from '../database/listener.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { ApiDocument } from '../http/openapi/document.js';
import { OpenStreams } from '../http/streaming/open-streams.js';
import { InstallationModule } from '../installation/installation.module.js';
import { failure, logEvent } from '../log/log.js';
import { StatusLinksModule } from '../status/status-links.module.js';
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

const hubOf = (database: DataSource, listener: Listener, { reads }: OperatorLimits): EventHub =>
  new EventHub(database, listener, (error) => logEvent('audit-not-followed', failure(error)), { reads });

/** The operators' routes. Needs `CONFIG` and the database's providers from global modules. */
@Module({
  imports: [OperatorAuthModule, ActionModule, InstallationModule, DeploymentsModule, StatusLinksModule],
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
  providers: [
    ApiDocument,
    OpenStreams,
    OperatorLimits,
    { provide: Summaries, useFactory: () => new Summaries() },
    { provide: EventHub, inject: [READ_DATABASE, Listener, OperatorLimits], useFactory: hubOf },
  ],
})
export class ApiModule {}
