import { Module } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { DataSource } from 'typeorm';
import { InstallationModule } from '../installation/installation.module.js';
import { InstallationStore } from '../installation/installation.store.js';
import { ActionStore } from './action.store.js';

/** Needs the `DataSource` and `PgBoss` from modules that are global. */
@Module({
  imports: [InstallationModule],
  providers: [
    {
      provide: ActionStore,
      inject: [DataSource, PgBoss, InstallationStore],
      useFactory: (database: DataSource, boss: PgBoss, installations: InstallationStore) =>
        new ActionStore(database, boss, async (manager, ids) => {
          await installations.markRemoved(ids, manager);
        }),
    },
  ],
  exports: [ActionStore],
})
export class ActionModule {}
