import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { InstallationStore } from './installation.repository.js';
import { Sealing } from '../sealing/sealing.js';

/** The store without any route, for processes that serve none. Needs `CONFIG` and the `DataSource` from global modules. */
@Module({
  providers: [
    InstallationStore,
    {
      provide: Sealing,
      inject: [CONFIG],
      useFactory: (config: Config) => new Sealing(config.encryptionKeys),
    },
  ],
  exports: [InstallationStore, Sealing],
})
export class InstallationStoreModule {}
