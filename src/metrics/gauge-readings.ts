import { Injectable } from '@nestjs/common';

/** Sets gauges to their present values. Must not throw. */
export type GaugeReading = () => void | Promise<void>;

/**
 * The gauge readings of one process. Each module adds its own; `/metrics` runs all of them before it answers.
 */
@Injectable()
export class GaugeReadings {
  private readonly readings: GaugeReading[] = [];

  add(reading: GaugeReading): void {
    this.readings.push(reading);
  }

  async take(): Promise<void> {
    await Promise.all(this.readings.map(async (reading) => reading()));
  }
}
