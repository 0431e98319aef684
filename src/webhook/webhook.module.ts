import { Module } from '@nestjs/common';
import { ActionModule } from '../action/action.module.js';
import { InstallationStoreModule } from '../installation/installation.module.js';
import { Refusals } from './rejected-webhooks.js';
import { WebhookController } from './webhook.controller.js';

/** Needs `CONFIG` from a module that is global. */
@Module({
  imports: [ActionModule, InstallationStoreModule],
  controllers: [WebhookController],
  providers: [Refusals],
})
export class WebhookModule {}
