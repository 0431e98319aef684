import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { OperatorAuthModule } from '../operator/auth/operator.auth.module.js';
import { InstallationController } from './installation.controller.js';
import { InstallationStore } from './installation.store.js';
import { ResourceController } from './resource.controller.js';
import { Sealing } from './sealing.js';

/** Needs `CONFIG` and the `DataSource` from modules that are global. */
@Module({
  imports: [OperatorAuthModule],
  controllers: [InstallationController, ResourceController],
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
export class InstallationModule {}
