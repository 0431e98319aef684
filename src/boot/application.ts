import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../app.module.js';
import type { Config } from '../config/config.js';
import { serveConsole } from '../console/console.js';
import { Connections } from '../http/server/connections.js';
import { DOOR } from '../http/server/connection-limits.js';
import { ShutdownState } from '../health/shutdown-state.js';
import { StartupState } from '../health/startup-state.js';
import { FrameworkLog } from '../log/framework-log.js';
import { setLogLevel, logEvent } from '../log/log.js';
import { observeRequests } from '../metrics/request-hook.js';
import { publishApiDocument } from '../http/openapi/document.js';
import { answerBadUrl } from '../http/problems/bad-url.js';
import { LONGEST_IN_PATH } from '../http/problems/id.pipe.js';
import { startTracing, type StopTracing } from '../tracing/tracing.js';
import { BODY_LIMIT, parseBodies } from '../http/server/raw-body.js';
import { InFlight } from '../worker/fetch/in-flight.js';
import { WorkerModule } from '../worker/worker.module.js';

export interface Application {
  /** Where it listens, e.g. `http://127.0.0.1:3000`; for tests and the demo, which ask for port 0. */
  url: string;
  nest: NestFastifyApplication;
  /** How many actions a worker of this process has claimed and not yet given back. */
  inHand(): number;
  /** Turns readiness off, hands work back, answers what came in, closes. May be called twice. */
  stop(): Promise<void>;
}

/** Boots the roles of the configuration on a migrated database and listens. */
export async function startApplication(config: Config, databaseUrl: string): Promise<Application> {
  setLogLevel(config.logLevel);
  const adapter = new FastifyAdapter({
    ...DOOR,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    frameworkErrors: answerBadUrl,
    routerOptions: { maxParamLength: LONGEST_IN_PATH },
  });
  observeRequests(adapter.getInstance());
  parseBodies(adapter.getInstance());
  const stopTracing = await startTracing(config.tracing, config.roles, (text) =>
    logEvent('traces-not-sent', { error: text }),
  );
  const nest = await NestFactory.create<NestFastifyApplication>(AppModule.for(config, databaseUrl), adapter, {
    bodyParser: false,
    logger: new FrameworkLog(),
    abortOnError: false,
  });
  if (config.roles.has('web')) {
    publishApiDocument(nest);
    await serveConsole(nest, config.oidc);
  }
  askToReconnect(nest, adapter);
  const connections = new Connections(nest.getHttpServer());
  await nest.listen(config.port, config.host);
  nest.get(StartupState).markStarted();
  let stopping: Promise<void> | null = null;
  return {
    url: (await nest.getUrl()).replace('[::1]', '127.0.0.1'),
    nest,
    inHand: config.roles.has('worker') ? () => nest.get(InFlight).size : () => 0,
    stop: () => (stopping ??= stop(nest, connections, config, stopTracing)),
  };
}

/** While it drains, each answer is its connection's last: whoever keeps connections open asks another process from then on. */
function askToReconnect(nest: NestFastifyApplication, adapter: FastifyAdapter): void {
  const shutdown = nest.get(ShutdownState);
  adapter.getInstance().addHook('onSend', async (_, reply) => {
    if (shutdown.shuttingDown) reply.header('connection', 'close');
  });
}

/** How long requests still come in after readiness was turned off: endpoints and load balancers notice it late. */
const DRAIN_MS = 5_000;
const CLOSE_IDLE_MS = 250;
/** What a request that has not come whole gets once the server closes. Its sender sends it again to another process. */
const UNFINISHED_MS = 3_000;

async function stop(
  nest: NestFastifyApplication,
  connections: Connections,
  { production, roles }: Config,
  stopTracing: StopTracing,
): Promise<void> {
  nest.get(ShutdownState).beginShutdown();
  const handedBack = roles.has('worker') ? nest.get(WorkerModule).handBack() : undefined;
  await Promise.all([production ? sleep(DRAIN_MS) : undefined, handedBack]);
  // A connection that was busy when the server closed is idle once it has its answer, and would be kept open for its caller's next request.
  const server: Server = nest.getHttpServer();
  const timer = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
  const cut = setTimeout(() => connections.closeWaiting(), UNFINISHED_MS);
  try {
    await nest.close();
  } finally {
    clearInterval(timer);
    clearTimeout(cut);
    await stopTracing(); // last: what is done until here has spans
  }
}
