import { Module } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/config.constants.js';
import { loadProvisioners, type LoadedProvisioners } from '../../provisioner/loader.js';
import { PROVISIONERS } from './provisioner.constants.js';
import { ProvisionerLifecycle } from './provisioner-lifecycle.js';

const load = ({ actions, production }: Config): Promise<LoadedProvisioners> =>
  loadProvisioners([...actions.values()], { production });

/**
 * Loads the plugins that actions.yaml names; a plugin that cannot be loaded keeps the process from starting.
 * Needs `CONFIG` from a global module. Outside of provisioner/, which also runs without Nest in a plugin
 * team's own tests.
 */
@Module({
  providers: [{ provide: PROVISIONERS, inject: [CONFIG], useFactory: load }, ProvisionerLifecycle],
  exports: [PROVISIONERS],
})
export class ProvisionerModule {}
