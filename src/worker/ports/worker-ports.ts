import { Inject, Injectable } from '@nestjs/common';
import { ActionClaims } from '../../action/claims/action-claims.repository.js';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/config.constants.js';
import { DatabaseWatch } from '../../database/connection/database-watch.js';
import { InstallationRepository } from '../../installation/installation.repository.js';
import type { LoadedProvisioners } from '../../provisioner/loader.js';
import { StatusLinks } from '../../status/status-url.js';
import { VercelGateway } from '../../vercel/gateway.js';
import { backoff } from './back-off.js';
import { AllocationSeeds } from './allocation-seeds.js';
import { PROVISIONERS } from '../provisioners/provisioner.constants.js';
import { ActionRunRepository } from './action-run.repository.js';
import { SYSTEM_CLOCK } from './clock.js';
import type { RunPorts } from './run-ports.js';
import type { StepPorts } from './step-ports.js';

/** What steps use: Vercel, plugins, and the configuration of actions. */
@Injectable()
export class NestStepPorts implements StepPorts {
  readonly actions: StepPorts['actions'];
  readonly statusUrl: StepPorts['statusUrl'];
  readonly clock = SYSTEM_CLOCK;
  readonly backoff = backoff;
  readonly derive: StepPorts['derive'];

  constructor(
    @Inject(CONFIG) { actions }: Config,
    readonly gateway: VercelGateway,
    @Inject(PROVISIONERS) readonly provisioners: LoadedProvisioners,
    links: StatusLinks,
    seeds: AllocationSeeds,
  ) {
    this.actions = actions;
    this.statusUrl = links.urlOf;
    this.derive = (allocation, label) => seeds.derive(allocation, label);
  }
}

/** What the run of an action uses from outside. */
@Injectable()
export class WorkerPorts implements RunPorts {
  readonly access: RunPorts['access'];

  constructor(
    readonly repository: ActionRunRepository,
    readonly claims: ActionClaims,
    readonly database: DatabaseWatch,
    readonly stepPorts: NestStepPorts,
    readonly sealer: AllocationSeeds,
    installations: InstallationRepository,
  ) {
    this.access = (subjects) => installations.lookup(subjects);
  }
}
