import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './config/config.js';
import { CONFIG } from './config/config.provider.js';
import { DeploymentModule } from './deployment/deployment.module.js';
import { DatabaseModule } from './database/database.module.js';
import { accessOf } from './database/pooling.js';
import { HealthModule } from './health/health.module.js';
import { InstallationModule } from './installation/installation.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OperatorModule } from './operator/operator.module.js';
import { ProblemModule } from './problem/problem.module.js';
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
          ? [WebhookModule, InstallationModule, OperatorModule, DeploymentModule, StatusModule]
          : []),
        ...(worker ? [WorkerModule, SweeperModule] : []),
      ],
    };
  }
}
