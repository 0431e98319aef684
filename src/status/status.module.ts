import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Action } from '../action/entities/action.entity.js';
import { Transition } from '../action/entities/transition.entity.js';
import { READ } from '../database/database.constants.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { StatusController } from './status.controller.js';
import { StatusLinksModule } from './status-links.module.js';
import { StatusRecords } from './status-record.js';

/** The page for the person who deploys. Needs `CONFIG` and the database's providers from global modules. */
@Module({
  imports: [DeploymentsModule, StatusLinksModule, TypeOrmModule.forFeature([Action, Transition], READ)],
  providers: [StatusRecords],
  controllers: [StatusController],
})
export class StatusModule {}
