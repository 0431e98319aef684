import { Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { InstallationModule } from '../installation/installation.module.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import { VercelGateway } from '../vercel/gateway.js';
import { DeploymentLookup } from './deployment-lookup.js';

const CONNECTIONS = 4;

/** Has its own gateway, whose calls are not counted: a look-up may concern another team's deployment. */
function lookupOf({ vercel }: Config, installations: InstallationRepository): DeploymentLookup {
  const gateway = new VercelGateway({
    apiUrl: vercel.apiUrl,
    userAgent: 'drawbridge',
    timeoutMs: 3_000,
    connections: CONNECTIONS,
  });
  return new DeploymentLookup(gateway, installations);
}

/** Vercel's answers about one deployment, for people. Needs `CONFIG` and the database from global modules. */
@Module({
  imports: [InstallationModule],
  providers: [{ provide: DeploymentLookup, inject: [CONFIG, InstallationRepository], useFactory: lookupOf }],
  exports: [DeploymentLookup],
})
export class DeploymentsModule implements OnApplicationShutdown {
  constructor(private readonly lookup: DeploymentLookup) {}

  async onApplicationShutdown(): Promise<void> {
    await this.lookup.close();
  }
}
