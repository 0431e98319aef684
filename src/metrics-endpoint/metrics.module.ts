import { Global, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { DataSource } from 'typeorm';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { READ_DATABASE } from '../database/database-tokens.js';
import { DatabaseWatch } from '../database/connection/database-watch.js';
import { Listener } from '../database/listener.js';
import { RelaxedSql, Sql } from '../database/sql.js';
import { HealthModule } from '../health/health.module.js';
import { ShutdownState } from '../health/shutdown-state.js';
import { StartupState } from '../health/startup-state.js';
import { failure, logEvent } from '../log/log.js';
import { VERSION } from '../version.js';
import { databaseWritable } from '../metrics/definitions/database.js';
import { declareSeries } from '../metrics/declared.js';
import { heldGauges } from './held-gauges.js';
import { KeptReading, type Keeping } from './kept-reading.js';
import { liveGauges } from './live-gauges.js';
import { MetricsController } from './metrics.controller.js';
import { readPools } from './pools-reading.js';
import { buildInfo, ready, workerActions, workerCapacity } from '../metrics/definitions/process.js';
import { Scrape } from './scrape.js';

const scrapeOf = ({ roles }: Config): Scrape => new Scrape(roles);

/** `/metrics` of a process, whatever its roles. Needs `CONFIG` and the database's providers from modules that are global. */
@Global()
@Module({
  imports: [HealthModule],
  controllers: [MetricsController],
  providers: [{ provide: Scrape, inject: [CONFIG], useFactory: scrapeOf }],
  exports: [Scrape],
})
export class MetricsModule implements OnModuleInit {
  private readsFail = false;

  constructor(
    private readonly scrape: Scrape,
    private readonly shutdown: ShutdownState,
    private readonly startup: StartupState,
    private readonly entities: DataSource,
    @Inject(READ_DATABASE) private readonly reads: DataSource,
    private readonly sql: Sql,
    private readonly relaxed: RelaxedSql,
    private readonly boss: PgBoss,
    private readonly listener: Listener,
    private readonly watch: DatabaseWatch,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    const { actions, roles } = this.config;
    declareSeries(actions);
    buildInfo.set({ version: VERSION, node: process.version, roles: [...roles].toSorted().join(',') }, 1);
    if (!roles.has('worker')) [workerActions, workerCapacity].forEach((metric) => metric.set(0));
    const { entities, reads, sql, relaxed, boss, listener } = this;
    this.scrape.before(() => readPools({ entities, reads, sql, relaxed, boss, listener }));
    this.scrape.before(() => ready.set(this.startup.started && !this.shutdown.shuttingDown ? 1 : 0));
    this.scrape.before(() => databaseWritable.set(this.watch.outage === null ? 1 : 0));
    for (const gauges of [liveGauges, heldGauges(actions)]) {
      const reading = new KeptReading(gauges, this.keeping());
      this.scrape.before(() => reading.refresh());
    }
  }

  /** By indexes alone, also where statistics make the tables look small; on the operators' pool. */
  private keeping(): Keeping {
    return {
      open: (work) =>
        this.reads.transaction(async (session) => {
          await session.query('SET LOCAL enable_seqscan = off');
          await work(session);
        }),
      onFailure: (error) => {
        if (!this.readsFail) logEvent('gauges-not-read', failure(error));
        this.readsFail = true;
      },
      onSuccess: () => {
        if (this.readsFail) logEvent('gauges-read', {});
        this.readsFail = false;
      },
    };
  }
}
