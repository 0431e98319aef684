import { Module } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { Sql } from '../database/sql.js';
import { InstallationModule } from '../installation/installation.module.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import { ActionStore } from './action-store.js';

/** Needs the `DataSource` and `PgBoss` from modules that are global. */
@Module({
  imports: [InstallationModule],
  providers: [
    {
      provide: ActionStore,
      inject: [Sql, PgBoss, InstallationRepository],
      useFactory: (sql: Sql, boss: PgBoss, installations: InstallationRepository) =>
        new ActionStore(sql, boss, {
          removed: async (session, ids) => void (await installations.markRemoved(ids, session)),
          transferred: (session, ids) => installations.markTransferred(ids, session),
        }),
    },
  ],
  exports: [ActionStore],
})
export class ActionModule {}
