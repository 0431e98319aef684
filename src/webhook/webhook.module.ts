import { Module, type OnModuleInit } from '@nestjs/common';
import { ActionModule } from '../action/action.module.js';
import { ActionIntake } from '../action/intake/action-intake.repository.js';
import { InstallationModule } from '../installation/installation.module.js';
import { intakeBatch } from '../metrics/definitions/intake.js';
import { RejectedWebhooks } from './rejected-webhooks.js';
import { WebhookController } from './webhook.controller.js';

/** Receives Vercel's webhooks and stores them through the intake. */
@Module({
  imports: [ActionModule, InstallationModule],
  controllers: [WebhookController],
  providers: [RejectedWebhooks],
})
export class WebhookModule implements OnModuleInit {
  constructor(private readonly intake: ActionIntake) {}

  onModuleInit(): void {
    this.intake.afterCommit((webhooks) => intakeBatch.observe(webhooks));
  }
}
