import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { InstallationRepository } from './installation.repository.js';
import { Sealing } from '../sealing/sealing.js';

/** The store without any route, for processes that serve none. Needs `CONFIG` and the `DataSource` from global modules. */
@Module({
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
