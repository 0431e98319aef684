import { Module } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ActionModule } from '../action/action.module.js';
import { READ_DATABASE } from '../database/database-tokens.js';
import { Listener } from '../database/listener.js';
import { failure, logEvent } from '../log/log.js';
import { ActionController } from './actions/action.controller.js';
import { AllocationController } from './allocations/allocation.controller.js';
import { OperatorAuthModule } from '../access/auth/operator-auth.module.js';
import { DeliveryController } from './deliveries/delivery.controller.js';
import { OpenStreams } from '../http/streaming/closing.js';
import { EventController } from './events/event.controller.js';
import { EventHub } from './events/event-hub.js';
import { OperatorLimits } from '../access/limits/operator-limits.js';
import { MeController } from './me/me.controller.js';
import { ApiDocument } from '../http/openapi/document.js';
import { DocumentController } from './document.controller.js';
import { PurgeController } from './purges/purge.controller.js';
import { SummaryController } from './summary/summary.controller.js';
import { TransitionController } from './transitions/transition.controller.js';

/** What operators read and do. Needs `CONFIG` and the database's providers from modules that are global. */
@Module({
  imports: [OperatorAuthModule, ActionModule],
  controllers: [
    ActionController,
    AllocationController,
    DeliveryController,
    DocumentController,
    EventController,
    MeController,
    PurgeController,
    SummaryController,
    TransitionController,
  ],
  providers: [
    ApiDocument,
    OpenStreams,
    OperatorLimits,
    {
      provide: EventHub,
      inject: [READ_DATABASE, Listener, OperatorLimits],
      useFactory: (database: DataSource, listener: Listener, { reads }: OperatorLimits) =>
        new EventHub(database, listener, (error) => logEvent('audit-not-followed', failure(error)), {
          reads,
        }),
    },
  ],
})
export class ApiModule {}
