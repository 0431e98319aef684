import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG } from '../config/config.constants.js';
import type { Config } from '../config/config.js';
import { InstallationModule } from '../installation/installation.module.js';
import { VercelGateway } from '../vercel/gateway.js';
import { DeploymentLookup, LOOKUP_TIMEOUT_MS } from './deployment-lookup.js';
import { LOOKUP_GATEWAY } from './deployments.constants.js';

const CONNECTIONS = 4;

const gatewayOf = ({ vercel }: Config): VercelGateway =>
  new VercelGateway({ apiUrl: vercel.apiUrl, timeoutMs: LOOKUP_TIMEOUT_MS, connections: CONNECTIONS });

/** Vercel's answers about one deployment, for people. Needs `CONFIG` and the database from global modules. */
@Module({
  imports: [InstallationModule],
  providers: [{ provide: LOOKUP_GATEWAY, inject: [CONFIG], useFactory: gatewayOf }, DeploymentLookup],
  exports: [DeploymentLookup],
})
export class DeploymentsModule implements OnApplicationShutdown {
  constructor(@Inject(LOOKUP_GATEWAY) private readonly gateway: VercelGateway) {}

  async onApplicationShutdown(): Promise<void> {
    await this.gateway.close();
  }
}
