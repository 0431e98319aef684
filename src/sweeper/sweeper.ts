import { Inject, Injectable } from '@nestjs/common';
import {
  ActionReleases,
  type Released,
  type ReleaseRequest,
} from '../action/releases/action-releases.repository.js';
import { DeploymentCheckSchedule } from '../action/releases/deployment-check-schedule.repository.js';
import type { ActionDefinition } from '../config/actions-file/action-definition.js';
import { CONFIG } from '../config/config.constants.js';
import type { Config } from '../config/config.js';
import type { JobSubject } from '../database/queue/queue.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import { logEvent } from '../log/log.js';
import { actionsReleased } from '../metrics/definitions/actions.js';
import { VercelGateway } from '../vercel/gateway.js';
import { DeploymentChecks } from './deployment-checks.js';
import { EvidenceRepository } from './evidence.repository.js';

/**
 * Releases actions that are no longer needed and that no cleanup released. It only moves actions to
 * `releasing`, by guarded writes, so concurrent and delayed sweeps release nothing that another sweep would
 * keep.
 */
@Injectable()
export class Sweeper {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'actions'>,
    private readonly releases: ActionReleases,
    private readonly schedule: DeploymentCheckSchedule,
    private readonly installations: InstallationRepository,
    private readonly gateway: VercelGateway,
    private readonly evidence: EvidenceRepository,
  ) {}

  async sweep(signal: AbortSignal): Promise<void> {
    for (const id of await this.releases.removedInstallations()) await this.sweepInstallation(id, signal);
    for (const definition of this.config.actions.values()) await this.sweepExpired(definition, signal);
    await this.deploymentChecks(signal).run();
  }

  /** Releases everything of a removed installation. Deprovisioning needs no token. */
  async sweepInstallation(installationId: string, signal: AbortSignal): Promise<void> {
    await this.release({ reason: 'installation-removed', installationId }, signal);
  }

  private async sweepExpired(definition: ActionDefinition, signal: AbortSignal): Promise<void> {
    const { slug: action, retainMs, retainProduction: production } = definition;
    if (retainMs !== null) await this.release({ reason: 'retained', action, retainMs, production }, signal);
  }

  private deploymentChecks(signal: AbortSignal): DeploymentChecks {
    const { schedule, evidence, gateway } = this;
    const ports = {
      schedule,
      evidence,
      gateway,
      actions: this.config.actions,
      access: (subjects: JobSubject[]) => this.installations.lookup(subjects),
      release: (request: ReleaseRequest) => this.releaseBatch(request),
    };
    return new DeploymentChecks(ports, signal);
  }

  /** Releases in batches until nothing is left, so that transactions stay short. */
  private async release(request: ReleaseRequest, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.releaseBatch(request)) > 0);
  }

  private async releaseBatch(request: ReleaseRequest): Promise<number> {
    const released = await this.releases.release(request);
    actionsReleased.inc({ reason: request.reason }, released.length);
    for (const one of released) logEvent('action-released', fieldsOf(one, request.reason));
    return released.length;
  }
}

function fieldsOf({ id, action, installationId, resourceId, deploymentId }: Released, reason: string) {
  return { actionId: id, action, installationId, resourceId, deploymentId, reason };
}
