import { Global, Module } from '@nestjs/common';
import { GaugeReadings } from './gauge-readings.js';

/** The registry to which every module adds its gauges. The endpoint is in metrics-endpoint/. */
@Global()
@Module({ providers: [GaugeReadings], exports: [GaugeReadings] })
export class MetricsModule {}
