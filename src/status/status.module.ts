import { Module } from '@nestjs/common';
import { DeploymentModule } from '../api/deployments/deployment.module.js';
import { StatusController } from './status.controller.js';

/** The page for whoever deploys. Needs `CONFIG` and the database's providers from modules that are global. */
@Module({ imports: [DeploymentModule], controllers: [StatusController] })
export class StatusModule {}
