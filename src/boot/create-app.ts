import { NestFactory } from '@nestjs/core';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../app.module.js';
import type { Config } from '../config/config.js';
import { ShutdownState } from '../health/shutdown-state.js';
import { StartupState } from '../health/startup-state.js';
import { publishApiDocument } from '../http/openapi/document.js';
import { Connections } from '../http/server/connections.js';
import { FrameworkLog } from '../log/framework-log.js';
import { logEvent, setLogLevel } from '../log/log.js';
import { startTracing, type StopTracing } from '../tracing/tracing.js';
import { InFlight } from '../worker/fetch/in-flight.js';
import { createAdapter, endConnectionsDuring } from './fastify.js';
import { shutDown } from './shutdown.js';

export interface Application {
  /** The address, such as `http://127.0.0.1:3000`. For tests and the demo, which listen on port 0. */
  readonly url: string;
  readonly nest: NestFastifyApplication;
  /** The number of actions in flight in this process; 0 without the role `worker`. */
  inFlight(): number;
  /** Shuts down in the order of shutdown.ts. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the configured roles on a migrated database and listens. Second half of the boot (start-server.ts
 * has the first), in this order: log level, tracing, modules, API document, modules' bootstrap and port,
 * startup probe.
 *
 * @param leaveDatabase the last step of the shutdown
 */
export async function startApplication(
  config: Config,
  databaseUrl: string,
  leaveDatabase: () => Promise<void> = async () => undefined,
): Promise<Application> {
  setLogLevel(config.logLevel);
  const stopTracing = await openTracing(config);
  const adapter = createAdapter();
  const nest = await createNest(config, databaseUrl, adapter);
  if (config.roles.has('web')) publishApiDocument(nest);
  endConnectionsDuring(nest.get(ShutdownState), adapter);
  const connections = new Connections(nest.getHttpServer());
  await nest.listen(config.port, config.host);
  nest.get(StartupState).markStarted();
  let stopping: Promise<void> | null = null;
  return {
    url: (await nest.getUrl()).replace('[::1]', '127.0.0.1'),
    nest,
    inFlight: config.roles.has('worker') ? () => nest.get(InFlight).size : () => 0,
    stop: () => (stopping ??= shutDown({ nest, config, connections, stopTracing, leaveDatabase })),
  };
}

/** Runs before any module exists, because each module may make spans. */
const openTracing = ({ tracing, roles }: Config): Promise<StopTracing> =>
  startTracing(tracing, roles, (text) => logEvent('traces-not-sent', { error: text }));

const createNest = (
  config: Config,
  databaseUrl: string,
  adapter: FastifyAdapter,
): Promise<NestFastifyApplication> =>
  NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config, databaseUrl), adapter, {
    bodyParser: false,
    logger: new FrameworkLog(),
    abortOnError: false,
  });
