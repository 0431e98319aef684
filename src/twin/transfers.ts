import type { Deployments } from './deployment/deployments.js';
import type { Installations } from './installations.js';
import { TwinError } from './twin-error.js';
import { transferredEvent, type Outgoing } from './webhook/webhook-event.js';

export interface Transferring {
  installations: Installations;
  deployments: Deployments;
  send(out: Outgoing): void;
}

/**
 * Transfers an installation to another account (contract 1.3): the id stays, the token changes, and the
 * previous token belongs to another team. The contract does not say whether projects move as well: here they
 * do.
 */
export function transferInstallation(ports: Transferring, id: string, accessToken: string): void {
  ports.installations.transfer(id, accessToken);
  ports.send(transferredEvent(id));
}

/**
 * Moves a resource with its connections to another installation (contract 4.1). Later webhooks and reports
 * name the target. No webhook is sent.
 */
export function transferResource(
  { installations, deployments }: Transferring,
  resourceId: string,
  source: string,
  target: string,
): void {
  for (const id of [source, target])
    if (!installations.has(id)) throw new TwinError('not_found', `twin: installation ${id} not found`);
  const actions = deployments.all.flatMap((deployment) => deployment.actions);
  for (const action of actions)
    if (action.installationId === source && action.resourceId === resourceId) action.installationId = target;
}
