import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/config.js';
import { errorText } from '../errors/error-text.js';
import { ShutdownState } from '../health/shutdown-state.js';
import type { Connections } from '../http/server/connections.js';
import { OpenStreams } from '../http/streaming/open-streams.js';
import { SweeperLifecycle } from '../sweeper/sweeper-lifecycle.js';
import type { StopTracing } from '../tracing/tracing.js';
import { WorkerLifecycle } from '../worker/worker-lifecycle.js';

/** The parts of a process that shuts down. */
export interface EndingProcess {
  readonly nest: NestFastifyApplication;
  readonly config: Pick<Config, 'production' | 'roles'>;
  readonly connections: Connections;
  readonly stopTracing: StopTracing;
  /** Leaves the embedded PostgreSQL. Does nothing for another database. */
  leaveDatabase(): Promise<void>;
}

interface ShutdownStep {
  readonly name: string;
  readonly run: (ending: EndingProcess) => unknown;
}

/** Milliseconds for which requests are still accepted after readiness is off: load balancers react late. */
const DRAIN_MS = 5_000;
const CLOSE_IDLE_MS = 250;
/** Milliseconds that an incomplete request has once the server closes. Its sender repeats it elsewhere. */
const UNFINISHED_MS = 3_000;

/**
 * The steps of the shutdown, in order. The first signal starts them; boot/signals.ts ends them after 25 s.
 */
export const SHUTDOWN: readonly ShutdownStep[] = [
  // `/readyz` answers 503. From now on each answer is the last of its connection.
  { name: 'readiness off', run: ({ nest }) => nest.get(ShutdownState).beginShutdown() },
  // The worker fetches no more jobs, waits 10 s for running steps and hands the rest back. In production,
  // requests are still accepted for 5 s.
  { name: 'hand work back, drain', run: (ending) => Promise.all([handBack(ending), drain(ending)]) },
  // Event streams and exports do not end by themselves: the server would wait for them.
  { name: 'end streams', run: ({ nest, config }) => config.roles.has('web') && nest.get(OpenStreams).end() },
  // A sweep or a purge ends after its current batch.
  {
    name: 'stop sweeper',
    run: ({ nest, config }) => config.roles.has('worker') && nest.get(SweeperLifecycle).stop(),
  },
  // The server answers the received requests. A request that is incomplete after 3 s is cut off.
  { name: 'close server', run: closeServer },
  // Nest calls `onApplicationShutdown`. First VercelModule, DeploymentsModule and ProvisionerLifecycle close
  // connections and plugins and write the last recorded calls. Then the global modules, DatabaseModule and
  // TypeORM's, close queue and pools.
  { name: 'close clients, plugins, pools', run: ({ nest }) => nest.close() },
  // All previous steps may have made spans.
  { name: 'flush traces', run: ({ stopTracing }) => stopTracing() },
  // The embedded PostgreSQL stops, unless another process uses it.
  { name: 'leave database', run: ({ leaveDatabase }) => leaveDatabase() },
];

/**
 * Runs all steps. A failed step does not prevent the later ones.
 *
 * @throws Error that names the failed step; AggregateError when several steps failed
 */
export async function shutDown(ending: EndingProcess): Promise<void> {
  const errors: unknown[] = [];
  for (const { name, run } of SHUTDOWN) {
    try {
      await run(ending);
    } catch (error) {
      errors.push(new Error(`shutdown, ${name}: ${errorText(error)}`, { cause: error }));
    }
  }
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'shutdown');
}

const drain = async ({ config }: EndingProcess): Promise<void> =>
  config.production ? sleep(DRAIN_MS) : undefined;

const handBack = async ({ nest, config }: EndingProcess): Promise<void> =>
  config.roles.has('worker') ? nest.get(WorkerLifecycle).handBack() : undefined;

/**
 * Closes the server. Closes connections that become idle with their last answer, which would stay open
 * otherwise.
 */
async function closeServer({ nest, connections }: EndingProcess): Promise<void> {
  const server: Server = nest.getHttpServer();
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
  const cut = setTimeout(() => connections.closeWaiting(), UNFINISHED_MS);
  try {
    await nest.getHttpAdapter().close();
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
}
