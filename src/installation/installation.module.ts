import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { READ } from '../database/data-source-names.js';
import { Sealing } from '../sealing/sealing.js';
import { DeploymentDoubt } from './deployment-doubt.entity.js';
import { Installation } from './installation.entity.js';
import { InstallationRepository } from './installation.repository.js';
import { Resource } from './resource.entity.js';

const ENTITIES = [DeploymentDoubt, Installation, Resource];

/** Installations and their resources, without routes. */
@Module({
  imports: [TypeOrmModule.forFeature(ENTITIES), TypeOrmModule.forFeature(ENTITIES, READ)],
  providers: [
    InstallationRepository,
    {
      provide: Sealing,
      inject: [CONFIG],
      useFactory: (config: Config) => new Sealing(config.encryptionKeys),
    },
  ],
  exports: [InstallationRepository, Sealing],
})
export class InstallationModule {}
