import { Module } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ActionModule } from '../action/action.module.js';
import { READ_DATABASE } from '../database/database.tokens.js';
import { Listener } from '../database/listener.js';
import { failure, tell } from '../log/log.js';
import { ActionController } from './action.controller.js';
import { AllocationController } from './allocations/allocation.controller.js';
import { OperatorAuthModule } from './auth/operator.auth.module.js';
import { DeliveryController } from './deliveries/delivery.controller.js';
import { Closing } from './events/closing.js';
import { EventController } from './events/event.controller.js';
import { EventHub } from './events/event.hub.js';
import { OperatorLimits } from './limits/operator.limits.js';
import { MeController } from './me.controller.js';
import { ApiDocument } from './openapi/document.js';
import { DocumentController } from './openapi/document.controller.js';
import { RetentionController } from './retention/retention.controller.js';
import { SummaryController } from './summary/summary.controller.js';
import { TransitionController } from './transition.controller.js';

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
    RetentionController,
    SummaryController,
    TransitionController,
  ],
  providers: [
    ApiDocument,
    Closing,
    OperatorLimits,
    {
      provide: EventHub,
      inject: [READ_DATABASE, Listener, OperatorLimits],
      useFactory: (database: DataSource, listener: Listener, { reads }: OperatorLimits) =>
        new EventHub(database, listener, (error) => tell('audit-not-followed', failure(error)), { reads }),
    },
  ],
})
export class OperatorModule {}
