import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { ShutdownState } from '../health/shutdown-state.js';
import { StartupState } from '../health/startup-state.js';
import { declareSeries } from '../metrics/declared-labels.js';
import { buildInfo, ready, workerActions, workerCapacity } from '../metrics/definitions/process.js';
import { GaugeReadings } from '../metrics/gauge-readings.js';
import { VERSION } from '../version.js';

/** Starts the series of the actions in the configuration, and adds the gauges of the process. */
@Injectable()
export class ProcessGaugeReadings implements OnModuleInit {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly readings: GaugeReadings,
    private readonly shutdown: ShutdownState,
    private readonly startup: StartupState,
  ) {}

  onModuleInit(): void {
    const { actions, roles } = this.config;
    declareSeries(actions);
    buildInfo.set({ version: VERSION, node: process.version, roles: [...roles].toSorted().join(',') }, 1);
    if (!roles.has('worker')) [workerActions, workerCapacity].forEach((metric) => metric.set(0));
    this.readings.add(() => ready.set(this.startup.started && !this.shutdown.shuttingDown ? 1 : 0));
  }
}
