import type { ActionJob } from '../../database/queue/queue.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import type { DeploymentAnswer, DeploymentCall, VercelGateway } from '../../vercel/gateway.js';

/**
 * A request to Vercel about a new action's deployment, sent while the action is still being claimed: the
 * first step waits for nothing else. The request changes nothing, so its answer may be dropped.
 */
export class DeploymentPrefetch {
  private readonly controller = new AbortController();
  private readonly asked: Promise<DeploymentAnswer>;

  constructor(gateway: Pick<VercelGateway, 'getDeployment'>, call: DeploymentCall) {
    this.asked = gateway.getDeployment(call, this.controller.signal);
    this.asked.catch(() => undefined); // `answer` throws it; an answer that is dropped does not matter
  }

  answer(signal: AbortSignal): Promise<DeploymentAnswer> {
    if (signal.aborted) this.drop();
    signal.addEventListener('abort', () => this.drop(), { once: true });
    return this.asked;
  }

  drop(): void {
    this.controller.abort();
  }
}

/** Null when the first step would not ask: a later step is due, or a check before the question fails. */
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
