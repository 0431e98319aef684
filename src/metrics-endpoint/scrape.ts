import { Registry } from 'prom-client';
import type { Role } from '../config/env/roles.js';
import { registries } from '../metrics/definitions/all.js';

/** Brings gauges up to date before they are shown. Must not throw. */
export type Reading = () => void | Promise<void>;

/** What `/metrics` of one process shows: the metrics of its roles. */
export class Scrape {
  private readonly readings: Reading[] = [];
  private readonly shown: Registry;

  constructor(roles: ReadonlySet<Role>) {
    this.shown = Registry.merge([registries.every, ...[...roles].map((role) => registries[role])]);
  }

  get contentType(): string {
    return this.shown.contentType;
  }

  /** Has gauges read before each answer. */
  before(reading: Reading): void {
    this.readings.push(reading);
  }

  async text(): Promise<string> {
    await Promise.all(this.readings.map(async (reading) => reading()));
    return this.shown.metrics();
  }
}
