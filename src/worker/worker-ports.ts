import { Inject, Injectable } from '@nestjs/common';
import { ActionClaims } from '../action/claims/action-claims.repository.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { DatabaseWatch } from '../database/connection/database-watch.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import type { LoadedProvisioners } from '../provisioner/loader.js';
import { StatusLinks } from '../status/status-url.js';
import { VercelGateway } from '../vercel/gateway.js';
import { backoff } from './run/back-off.js';
import { AllocationSeeds } from './allocation-seeds.js';
import { PROVISIONERS } from './provisioners/provisioner.constants.js';
import { ActionRunRepository } from './ports/action-run.repository.js';
import { SYSTEM_CLOCK } from './ports/clock.js';
import type { RunPorts } from './ports/run-ports.js';
import type { Tools } from './ports/tools.js';

/** The tools of the steps: Vercel, the plugins, and what the steps need to know of the configuration. */
@Injectable()
export class StepTools implements Tools {
  readonly actions: Tools['actions'];
  readonly statusUrl: Tools['statusUrl'];
  readonly clock = SYSTEM_CLOCK;
  readonly backoff = backoff;
  readonly derive: Tools['derive'];

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

/** Everything outside of itself that the run of an action uses. */
@Injectable()
export class WorkerPorts implements RunPorts {
  readonly access: RunPorts['access'];

  constructor(
    readonly repository: ActionRunRepository,
    readonly claims: ActionClaims,
    readonly database: DatabaseWatch,
    readonly tools: StepTools,
    readonly seals: AllocationSeeds,
    installations: InstallationRepository,
  ) {
    this.access = (subjects) => installations.lookup(subjects);
  }
}
