import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { logEvent } from '../log/log.js';
import { GaugeReadings } from '../metrics/gauge-readings.js';
import { countCall, readVercel } from '../metrics/vercel-calls.js';
import { VercelGateway, type GatewayCall } from './gateway.js';
import { VercelCallRecorder } from './recorder/vercel-call-recorder.js';

/** Counts every call. Records the calls that belong to an action. */
function noteCall(
  { about, durationMs, rateLimit, ...call }: GatewayCall,
  recorder: VercelCallRecorder,
): void {
  countCall({ ...call, durationMs, rateLimit });
  if (about === null) return;
  recorder.note({ ...call, ...about, durationMs: Math.round(durationMs), at: Date.now() });
}

const gatewayOf = ({ vercel }: Config, recorder: VercelCallRecorder): VercelGateway =>
  new VercelGateway({
    apiUrl: vercel.apiUrl,
    onCall: (call) => noteCall(call, recorder),
    onCircuit: (state) => logEvent(state === 'open' ? 'circuit-opened' : 'circuit-closed', {}),
  });

/**
 * The gateway to Vercel's API for workers. Needs `CONFIG`, `RelaxedSql` and `GaugeReadings` from global
 * modules.
 */
@Module({
  providers: [
    VercelCallRecorder,
    { provide: VercelGateway, inject: [CONFIG, VercelCallRecorder], useFactory: gatewayOf },
  ],
  exports: [VercelGateway],
})
export class VercelModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly gateway: VercelGateway,
    private readonly recorder: VercelCallRecorder,
    private readonly readings: GaugeReadings,
  ) {}

  onApplicationBootstrap(): void {
    this.readings.add(() => readVercel(this.gateway.circuit));
  }

  /** Closes the gateway first, so that its last calls are recorded. */
  async onApplicationShutdown(): Promise<void> {
    await this.gateway.close();
    await this.recorder.close();
  }
}
