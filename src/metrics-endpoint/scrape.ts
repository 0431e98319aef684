import { Inject, Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { registries } from '../metrics/definitions/all.js';
import { GaugeReadings } from '../metrics/gauge-readings.js';

/** Renders `/metrics`: the metrics of the process's roles. */
@Injectable()
export class Scrape {
  private readonly shown: Registry;

  constructor(
    @Inject(CONFIG) { roles }: Pick<Config, 'roles'>,
    private readonly readings: GaugeReadings,
  ) {
    this.shown = Registry.merge([registries.every, ...[...roles].map((role) => registries[role])]);
  }

  get contentType(): string {
    return this.shown.contentType;
  }

  async text(): Promise<string> {
    await this.readings.take();
    return this.shown.metrics();
  }
}
