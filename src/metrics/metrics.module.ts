import { Global, Module } from '@nestjs/common';
import { GaugeReadings } from './gauge-readings.js';

/** The place where every module adds its gauges. The endpoint that shows them is metrics-endpoint/. */
@Global()
@Module({ providers: [GaugeReadings], exports: [GaugeReadings] })
export class MetricsModule {}
