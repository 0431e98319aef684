import { Injectable } from '@nestjs/common';

/** Sets gauges to the values of this moment. Must not throw. */
export type GaugeReading = () => void | Promise<void>;

/** The readings of one process: each module adds its own, and `/metrics` takes them all before it answers. */
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
