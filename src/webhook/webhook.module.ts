import { Module } from '@nestjs/common';
import { ActionModule } from '../action/action.module.js';
import { InstallationModule } from '../installation/installation.module.js';
import { RejectedWebhooks } from './rejected-webhooks.js';
import { WebhookController } from './webhook.controller.js';

/** Needs `CONFIG` from a module that is global. */
@Module({
  imports: [ActionModule, InstallationModule],
  controllers: [WebhookController],
  providers: [RejectedWebhooks],
})
export class WebhookModule {}
