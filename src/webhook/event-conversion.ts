import { v7 as uuid } from 'uuid';
import type { ReceivedWebhook } from '../action/intake/received-webhook.js';
import { LONGEST_DEADLINE_MS, type ActionDefinition } from '../config/actions-file/action-definition.js';
import type { WebhookEvent } from './webhook-event.js';

type Actions = ReadonlyMap<string, Pick<ActionDefinition, 'deadlineMs'>>;

/** Converts an event for the intake. `body` is the signed text. */
export function receivedWebhookOf(body: string, event: WebhookEvent, actions: Actions): ReceivedWebhook {
  const { id: eventId, type, createdAt } = event;
  const result = event.kind === 'other' ? 'ignored' : 'recorded';
  return { id: uuid(), eventId, type, createdAt, body, result, ...effectOf(event, actions) };
}

/**
 * Milliseconds that an action has. An undeclared action, which fails for that reason, gets the longest
 * deadline.
 */
export function deadlineOf(action: string, actions: Actions): number {
  return actions.get(action)?.deadlineMs ?? LONGEST_DEADLINE_MS;
}

function effectOf(
  event: WebhookEvent,
  actions: Actions,
): Pick<ReceivedWebhook, 'operation' | 'removedInstallationId' | 'transferredInstallationId'> {
  switch (event.kind) {
    case 'action': {
      const { operation, installationId, deploymentId, resourceId, action } = event;
      const deadlineMs = deadlineOf(action, actions);
      return {
        operation: { event: operation, installationId, deploymentId, resourceId, action, deadlineMs },
      };
    }
    case 'installation-removed':
      return { operation: null, removedInstallationId: event.installationId };
    case 'installation-transferred':
      return { operation: null, transferredInstallationId: event.installationId };
    case 'project-connected':
    case 'project-disconnected':
    case 'other':
      return { operation: null };
    default:
      return event satisfies never;
  }
}
