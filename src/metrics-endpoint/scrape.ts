import { Registry } from 'prom-client';
import type { Role } from '../config/env/roles.js';
import { registries } from '../metrics/definitions/all.js';

/** Updates gauges before a scrape. Must not throw. */
export type Reading = () => void | Promise<void>;

/** The content of `/metrics`: the metrics of the process's roles. */
export class Scrape {
  private readonly readings: Reading[] = [];
  private readonly shown: Registry;

  constructor(roles: ReadonlySet<Role>) {
    this.shown = Registry.merge([registries.every, ...[...roles].map((role) => registries[role])]);
  }

  get contentType(): string {
    return this.shown.contentType;
  }

  /** Registers a reading to run before each scrape. */
  before(reading: Reading): void {
    this.readings.push(reading);
  }

  async text(): Promise<string> {
    await Promise.all(this.readings.map(async (reading) => reading()));
    return this.shown.metrics();
  }
}
