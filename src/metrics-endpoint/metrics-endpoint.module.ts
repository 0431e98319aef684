import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { DatabaseGaugeReadings } from './database-gauge-readings.js';
import { MetricsController } from './metrics.controller.js';
import { PoolGauges } from './pool-gauges.js';
import { ProcessGaugeReadings } from './process-gauge-readings.js';
import { Scrape } from './scrape.js';

/**
 * `/metrics` of a process, independent of its roles. Needs `CONFIG`, `GaugeReadings` and the database's
 * providers from global modules.
 */
@Module({
  imports: [HealthModule],
  controllers: [MetricsController],
  providers: [Scrape, PoolGauges, ProcessGaugeReadings, DatabaseGaugeReadings],
})
export class MetricsEndpointModule {}
