import { Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/config.provider.js';
import { InstallationRepository } from '../../installation/installation.repository.js';
import { InstallationModule } from '../../installation/installation.module.js';
import { OperatorAuthModule } from '../../access/auth/operator-auth.module.js';
import { VercelGateway } from '../../vercel/gateway.js';
import { DeploymentController } from './deployment.controller.js';
import { DeploymentLookup } from '../../deployments/deployment-lookup.js';

const CONNECTIONS = 4;

/**
 * A gateway of its own, also in processes that do no work. Not counted: a token may be asked about another
 * team's deployment.
 */
function lookupOf({ vercel }: Config, installations: InstallationRepository): DeploymentLookup {
  const gateway = new VercelGateway({
    apiUrl: vercel.apiUrl,
    userAgent: 'drawbridge',
    timeoutMs: 3_000,
    connections: CONNECTIONS,
  });
  return new DeploymentLookup(gateway, installations);
}

/**
 * What Vercel knows of one deployment now, for people. Needs `CONFIG` and the database's providers from
 * modules that are global.
 */
@Module({
  imports: [OperatorAuthModule, InstallationModule],
  controllers: [DeploymentController],
  providers: [{ provide: DeploymentLookup, inject: [CONFIG, InstallationRepository], useFactory: lookupOf }],
  exports: [DeploymentLookup],
})
export class DeploymentModule implements OnApplicationShutdown {
  constructor(private readonly lookup: DeploymentLookup) {}

  async onApplicationShutdown(): Promise<void> {
    await this.lookup.close();
  }
}
