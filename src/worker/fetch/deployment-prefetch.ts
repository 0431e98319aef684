import type { ActionJob } from '../../database/queue/queue.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import type { DeploymentAnswer, DeploymentCall, VercelGateway } from '../../vercel/gateway.js';

/**
 * A question to Vercel about a new action's deployment, asked while the action is still being claimed: its first step would wait for
 * nothing else. Asking changes nothing, so the answer may be dropped.
 */
export class DeploymentPrefetch {
  private readonly controller = new AbortController();
  private readonly asked: Promise<DeploymentAnswer>;

  constructor(gateway: VercelGateway, call: DeploymentCall) {
    this.asked = gateway.getDeployment(call, this.controller.signal);
    this.asked.catch(() => undefined); // whoever takes the answer hears of it; when nobody does, it does not matter
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

/** Null where the first step would not ask: a later step is due, or something that it checks before is not there. */
export function prefetchDeployment(
  job: ActionJob,
  access: InstallationAccess,
  gateway: VercelGateway,
): DeploymentPrefetch | null {
  const { actionId, installationId, asks } = job;
  if (asks === undefined || access.token === null || access.removed || access.resource === null) return null;
  const about = { actionId, attempt: 1 };
  return new DeploymentPrefetch(gateway, { token: access.token, installationId, deploymentId: asks, about });
}
