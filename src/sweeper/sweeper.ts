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
 * Gives back what nobody needs any more and no cleanup came for. It only moves actions to `releasing`, by
 * guarded writes: two sweeps at once, or one that was paused, take nothing away that another would have kept.
 */
export class Sweeper {
  constructor(private readonly around: SweeperPorts) {}

  async sweep(signal: AbortSignal): Promise<void> {
    for (const id of await this.around.releases.removedInstallations())
      await this.sweepInstallation(id, signal);
    for (const definition of this.around.actions.values()) await this.sweepRetained(definition, signal);
    const release = (order: ReleaseRequest): Promise<number> => this.releaseSome(order);
    await new DeploymentChecks({ ...this.around, release }, signal).run();
  }

  /** All that is left of an installation that was removed. Deprovisioning needs no token. */
  async sweepInstallation(installationId: string, signal: AbortSignal): Promise<void> {
    await this.release({ reason: 'installation-removed', installationId }, signal);
  }

  private async sweepRetained(definition: ActionDefinition, signal: AbortSignal): Promise<void> {
    const { slug: action, retainMs, retainProduction: production } = definition;
    if (retainMs !== null) await this.release({ reason: 'retained', action, retainMs, production }, signal);
  }

  /** In batches, so that no transaction becomes long, until nothing is left. */
  private async release(order: ReleaseRequest, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.releaseSome(order)) > 0);
  }

  private async releaseSome(order: ReleaseRequest): Promise<number> {
    const released = await this.around.releases.release(order);
    actionsReleased.inc({ reason: order.reason }, released.length);
    for (const one of released) logEvent('action-released', fieldsOf(one, order.reason));
    return released.length;
  }
}

function fieldsOf({ id, action, installationId, resourceId, deploymentId }: Released, reason: string) {
  return { actionId: id, action, installationId, resourceId, deploymentId, reason };
}
