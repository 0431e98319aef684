import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { DatabaseWatch } from '../database/connection/database-watch.js';
import { READ_DATABASE } from '../database/database.constants.js';
import { failure, logEvent } from '../log/log.js';
import { databaseWritable } from '../metrics/definitions/database.js';
import { GaugeReadings } from '../metrics/gauge-readings.js';
import { heldGauges } from './held-gauges.js';
import { CachedReading, type Keeping } from './cached-reading.js';
import { liveGauges } from './live-gauges.js';
import { PoolGauges } from './pool-gauges.js';

/** Adds the gauges of the database's pools and of its tables. */
@Injectable()
export class DatabaseGaugeReadings implements OnModuleInit {
  private readsFail = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(READ_DATABASE) private readonly reads: DataSource,
    private readonly readings: GaugeReadings,
    private readonly pools: PoolGauges,
    private readonly watch: DatabaseWatch,
  ) {}

  onModuleInit(): void {
    this.readings.add(() => this.pools.read());
    this.readings.add(() => databaseWritable.set(this.watch.outage === null ? 1 : 0));
    for (const gauges of [liveGauges, heldGauges(this.config.actions)]) {
      const reading = new CachedReading(gauges, this.keeping());
      this.readings.add(() => reading.refresh());
    }
  }

  /**
   * Reads from the operators' pool. Disables sequential scans: outdated statistics may make large tables look
   * small.
   */
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
