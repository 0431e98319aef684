import { Module } from '@nestjs/common';
import { StatusController } from './status.controller.js';

/** The page for whoever deploys. Needs `CONFIG` and the database's providers from modules that are global. */
@Module({ controllers: [StatusController] })
export class StatusModule {}
