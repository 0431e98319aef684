import { Module, type DynamicModule } from '@nestjs/common';
import { ActionModule } from './action/action.module.js';
import { ApiModule } from './api/api.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import type { ProcessRole } from './config/env/roles.js';
import { ConsoleModule } from './console/console.module.js';
import { accessOf } from './database/connection/pooling.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { ProblemModule } from './http/problems/problem.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { MetricsEndpointModule } from './metrics-endpoint/metrics-endpoint.module.js';
import { StatusModule } from './status/status.module.js';
import { SweeperModule } from './sweeper/sweeper.module.js';
import { VercelModule } from './vercel/vercel.module.js';
import { WebhookModule } from './webhook/webhook.module.js';
import { ProvisionerModule } from './worker/provisioners/provisioner.module.js';
import { WorkerModule } from './worker/worker.module.js';

/** Modules of every process. */
const EVERY_PROCESS = [
  ActionModule, // the only writer of actions, allocations, deliveries and transitions
  ProblemModule, // errors as problem+json, checks of bodies and queries
  HealthModule, // probes of Kubernetes
  MetricsModule, // counters and gauges of this process
  MetricsEndpointModule, // GET /metrics, with the gauges that ask the database
];

/** Modules of each role. Each imports what it needs: installations, sealing, access, look-ups. */
const ROLES: Record<ProcessRole, NonNullable<DynamicModule['imports']>> = {
  web: [
    WebhookModule, // webhook intake: checks the signature, stores the event, answers 202
    ApiModule, // the operators' API, with its guard, and its look-ups of deployments at Vercel
    ConsoleModule, // the operators' console, a client of that API
    StatusModule, // the page behind an action's statusUrl
  ],
  worker: [
    WorkerModule, // the action state machine's worker: claims actions and takes their steps
    ProvisionerModule, // provisioners behind their interface
    VercelModule, // the gateway to Vercel's API
    SweeperModule, // releases and purges on a schedule
  ],
};

/**
 * The composition root. The roles of a process decide which modules it has. `boot/` reads the configuration
 * and finds the database before this, and lists the order of start and shutdown.
 */
@Module({})
export class AppModule {
  static forRoot(config: Config, databaseUrl: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        DatabaseModule.forRoot(accessOf(config, databaseUrl), {
          supervisesQueue: config.roles.has('worker'),
        }),
        ...EVERY_PROCESS,
        ...[...config.roles].flatMap((role) => ROLES[role]),
      ],
    };
  }
}
