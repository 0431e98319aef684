import type { Receipt } from '../action/intake/received-webhook.js';
import { logEvent } from '../log/log.js';
import { eventsElsewhere } from '../metrics/definitions/intake.js';
import type { WebhookEvent } from './webhook-event.js';

/** Counts and logs a cancel or cleanup whose action belongs to another installation (`Receipt.ownedBy`). */
export function reportOwnerElsewhere(event: WebhookEvent, { ownedBy }: Receipt): void {
  if (ownedBy === undefined || event.kind !== 'action' || event.operation === 'start') return;
  const { operation, installationId, resourceId, deploymentId, action, type } = event;
  eventsElsewhere.inc({ type: operation });
  logEvent('event-elsewhere', { installationId, resourceId, deploymentId, action, ownerId: ownedBy, type });
}
