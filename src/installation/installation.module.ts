import { Module } from '@nestjs/common';
import { InstallationRepository } from './installation.repository.js';
import { SealingModule } from '../sealing/sealing.module.js';
import { TypeOrmModule } from '@nestjs/typeorm';
import { READ } from '../database/database.constants.js';
import { DeploymentDoubt } from './deployment-doubt.entity.js';
import { Installation } from './installation.entity.js';
import { Resource } from './resource.entity.js';

const ENTITIES = [DeploymentDoubt, Installation, Resource];

/** Installations and their resources, without routes. */
@Module({
  imports: [SealingModule, TypeOrmModule.forFeature(ENTITIES), TypeOrmModule.forFeature(ENTITIES, READ)],
  providers: [InstallationRepository],
  exports: [InstallationRepository],
})
export class InstallationModule {}
