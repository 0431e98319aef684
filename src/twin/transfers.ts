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
 * Gives an installation to another account (contract 1.3): the id stays, the token changes, and the former
 * one is another team's. The contract does not say whether projects move along: here they do.
 */
export function transferInstallation(around: Transferring, id: string, accessToken: string): void {
  around.installations.transfer(id, accessToken);
  around.send(transferredEvent(id));
}

/**
 * Moves a resource to another installation with its connections (contract 4.1): later webhooks and reports
 * about it name the target. No webhook tells of it.
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
