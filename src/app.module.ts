import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './config/config.js';
import { CONFIG } from './config/config.provider.js';
import { DeploymentModule } from './api/deployments/deployment.module.js';
import { DatabaseModule } from './database/database.module.js';
import { accessOf } from './database/connection/pooling.js';
import { HealthModule } from './health/health.module.js';
import { InstallationApiModule } from './api/installations/installation-api.module.js';
import { MetricsModule } from './metrics-endpoint/metrics.module.js';
import { ApiModule } from './api/api.module.js';
import { ProblemModule } from './http/problems/problem.module.js';
import { StatusModule } from './status/status.module.js';
import { SweeperModule } from './sweeper/sweeper.module.js';
import { WebhookModule } from './webhook/webhook.module.js';
import { WorkerModule } from './worker/worker.module.js';

@Global()
@Module({})
class ConfigurationModule {
  static of(config: Config): DynamicModule {
    return {
      module: ConfigurationModule,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}

/** The composition root: which modules a process has follows from its roles. */
@Module({})
export class AppModule {
  static for(config: Config, databaseUrl: string): DynamicModule {
    const worker = config.roles.has('worker');
    return {
      module: AppModule,
      imports: [
        ConfigurationModule.of(config),
        DatabaseModule.for(accessOf(config, databaseUrl), worker),
        MetricsModule,
        ProblemModule,
        HealthModule,
        ...(config.roles.has('web')
          ? [WebhookModule, InstallationApiModule, ApiModule, DeploymentModule, StatusModule]
          : []),
        ...(worker ? [WorkerModule, SweeperModule] : []),
      ],
    };
  }
}
