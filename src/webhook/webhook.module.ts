import { Module } from '@nestjs/common';
import { ActionModule } from '../action/action.module.js';
import { WebhookController } from './webhook.controller.js';

/** Needs `CONFIG` from a module that is global. */
@Module({ imports: [ActionModule], controllers: [WebhookController] })
export class WebhookModule {}
