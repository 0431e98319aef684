import type { TwinDeployment } from '../deployment/deployment.js';
import type { TwinAction } from '../deployment/deployment-action.js';
import type { WebhookOperation } from '../faults.js';
import { randomId } from '../ids.js';

/** The envelope of contract 1.1, in the order of its example. */
export interface SentWebhook {
  id: string;
  type: string;
  createdAt: number;
  region: string | null;
  payload: Record<string, unknown>;
}

/** An event to send. Events with the same `subject` are about the same object. */
export interface Outgoing {
  event: SentWebhook;
  operation: WebhookOperation;
  subject: string;
  deploymentId: string | null;
  action: string | null;
}

const REGION = 'iad1';

/** A webhook about an action. The three action events have the same payload (contract 1.2). */
export function actionEvent(
  operation: 'start' | 'cancel' | 'cleanup',
  deployment: TwinDeployment,
  { installationId, resourceId, action }: TwinAction,
): Outgoing {
  const payload = {
    configuration: { id: installationId },
    installationId,
    resourceId,
    action,
    deployment: { id: deployment.id },
  };
  return {
    event: envelope(`deployment.integration.action.${operation}`, payload),
    operation,
    subject: JSON.stringify([deployment.id, installationId, resourceId, action]),
    deploymentId: deployment.id,
    action,
  };
}

/** `integration-configuration.removed` (contract 1.3). */
export function removedEvent(installationId: string, projectIds: string[]): Outgoing {
  const configuration = { id: installationId, projectSelection: 'selected', projects: projectIds };
  const payload = { team: { id: 'team_twin' }, user: { id: 'user_twin' }, configuration };
  return {
    event: envelope('integration-configuration.removed', payload),
    operation: 'removed',
    subject: installationId,
    deploymentId: null,
    action: null,
  };
}

/** `integration-configuration.transferred` (contract 1.3). */
export function transferredEvent(installationId: string): Outgoing {
  const teams = { previousTeamId: 'team_twin', previousAccountId: 'team_twin' };
  const now = { newTeamId: 'team_other', newAccountId: 'team_other' };
  const payload = { configuration: { id: installationId }, installationId, ...teams, ...now };
  return {
    event: envelope('integration-configuration.transferred', payload),
    operation: 'transferred',
    subject: installationId,
    deploymentId: null,
    action: null,
  };
}

function envelope(type: string, payload: Record<string, unknown>): SentWebhook {
  return { id: randomId('evt_'), type, createdAt: Date.now(), region: REGION, payload };
}
