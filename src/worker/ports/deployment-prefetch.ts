import type { ActionJob } from '../../database/queue/queue.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import type { DeploymentAnswer, DeploymentCall, VercelGateway } from '../../vercel/gateway.js';

/**
 * A request to Vercel about the deployment of a new action, sent while the action is being claimed: the first
 * step waits for nothing else. The request changes nothing, so its answer may be dropped.
 */
export class DeploymentPrefetch {
  private readonly controller = new AbortController();
  private readonly pending: Promise<DeploymentAnswer>;

  constructor(gateway: Pick<VercelGateway, 'getDeployment'>, call: DeploymentCall) {
    this.pending = gateway.getDeployment(call, this.controller.signal);
    this.pending.catch(() => undefined); // `answer` throws it; a dropped answer does not matter
  }

  answer(signal: AbortSignal): Promise<DeploymentAnswer> {
    if (signal.aborted) this.drop();
    signal.addEventListener('abort', () => this.drop(), { once: true });
    return this.pending;
  }

  drop(): void {
    this.controller.abort();
  }
}

/** Null if the first step needs no deployment, or fails before it would request one. */
export function prefetchDeployment(
  job: ActionJob,
  access: InstallationAccess,
  gateway: Pick<VercelGateway, 'getDeployment'>,
): DeploymentPrefetch | null {
  const { actionId, installationId, asks } = job;
  if (asks === undefined || access.token === null || access.removed || access.resource === null) return null;
  const about = { actionId, attempt: 1 };
  return new DeploymentPrefetch(gateway, { token: access.token, installationId, deploymentId: asks, about });
}
