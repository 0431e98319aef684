import type {
  ActionReleases,
  Released,
  ReleaseRequest,
} from '../action/releases/action-releases.repository.js';
import type { ActionDefinition } from '../config/actions-file/action-definition.js';
import { logEvent } from '../log/log.js';
import { actionsReleased } from '../metrics/definitions/actions.js';
import { DeploymentChecks, type DeploymentCheckPorts } from './deployment-checks.js';

export interface SweeperPorts extends Pick<
  DeploymentCheckPorts,
  'gateway' | 'access' | 'evidence' | 'schedule'
> {
  releases: Pick<ActionReleases, 'release' | 'removedInstallations'>;
  actions: ReadonlyMap<string, ActionDefinition>;
}

/**
 * Releases actions that are no longer needed and that no cleanup released. It only moves actions to
 * `releasing`, by guarded writes, so concurrent and delayed sweeps release nothing that another sweep would
 * keep.
 */
export class Sweeper {
  constructor(private readonly ports: SweeperPorts) {}

  async sweep(signal: AbortSignal): Promise<void> {
    for (const id of await this.ports.releases.removedInstallations())
      await this.sweepInstallation(id, signal);
    for (const definition of this.ports.actions.values()) await this.sweepExpired(definition, signal);
    const release = (request: ReleaseRequest): Promise<number> => this.releaseBatch(request);
    await new DeploymentChecks({ ...this.ports, release }, signal).run();
  }

  /** Releases everything of a removed installation. Deprovisioning needs no token. */
  async sweepInstallation(installationId: string, signal: AbortSignal): Promise<void> {
    await this.release({ reason: 'installation-removed', installationId }, signal);
  }

  private async sweepExpired(definition: ActionDefinition, signal: AbortSignal): Promise<void> {
    const { slug: action, retainMs, retainProduction: production } = definition;
    if (retainMs !== null) await this.release({ reason: 'retained', action, retainMs, production }, signal);
  }

  /** Releases in batches until nothing is left, so that transactions stay short. */
  private async release(request: ReleaseRequest, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.releaseBatch(request)) > 0);
  }

  private async releaseBatch(request: ReleaseRequest): Promise<number> {
    const released = await this.ports.releases.release(request);
    actionsReleased.inc({ reason: request.reason }, released.length);
    for (const one of released) logEvent('action-released', fieldsOf(one, request.reason));
    return released.length;
  }
}

function fieldsOf({ id, action, installationId, resourceId, deploymentId }: Released, reason: string) {
  return { actionId: id, action, installationId, resourceId, deploymentId, reason };
}
