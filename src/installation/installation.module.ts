import { Module } from '@nestjs/common';
import { InstallationRepository } from './installation.repository.js';
import { SealingModule } from '../sealing/sealing.module.js';

/** The store without any route, for processes that serve none. Needs `CONFIG` and the `DataSource` from global modules. */
@Module({
  imports: [SealingModule],
  providers: [InstallationRepository],
  exports: [InstallationRepository],
})
export class InstallationModule {}
