import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Listener } from '../database/listener.js';
import { workerActions, workerCapacity } from '../metrics/definitions/process.js';
import { GaugeReadings } from '../metrics/gauge-readings.js';
import { InFlight } from './fetch/in-flight.js';
import type { JobFetcherOptions } from './fetch/job-fetcher.js';
import { FETCH_LIMITS } from './fetch/fetch.constants.js';
import { Worker } from './worker.js';

/**
 * Milliseconds that a running step has after the shutdown begins. Then it is interrupted; the rest of the 25
 * s is for storing its result.
 */
const GRACE_MS = 10_000;

/**
 * Starts the worker with the process. Hands its work back when the process ends (boot/shutdown.ts says when).
 */
@Injectable()
export class WorkerLifecycle implements OnApplicationBootstrap {
  private handedBack: Promise<void> | null = null;

  constructor(
    private readonly worker: Worker,
    private readonly listener: Listener,
    private readonly inFlight: InFlight,
    private readonly readings: GaugeReadings,
    @Inject(FETCH_LIMITS) private readonly limits: JobFetcherOptions,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.readings.add(() => {
      workerActions.set(this.inFlight.size);
      workerCapacity.set(this.limits.concurrency);
    });
    this.worker.start();
    await this.listener.connect();
  }

  /** Resolves when nothing is in flight. May be called twice. */
  handBack(): Promise<void> {
    return (this.handedBack ??= this.worker.stop(GRACE_MS));
  }
}
