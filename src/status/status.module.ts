import { Module } from '@nestjs/common';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { StatusController } from './status.controller.js';
import { StatusLinksModule } from './status-links.module.js';

/** The page for the person who deploys. Needs `CONFIG` and the database's providers from global modules. */
@Module({ imports: [DeploymentsModule, StatusLinksModule], controllers: [StatusController] })
export class StatusModule {}
