import { z } from 'zod';
import type { Delivery } from '../../action/entities/delivery.entity.js';
import { COUNT, named, TEXT, TIME, UUID_TEXT } from '../../http/openapi/answers.js';

/** A delivery without its body. */
export const deliverySchema = named(
  'Delivery',
  z.object({
    id: UUID_TEXT,
    eventId: TEXT,
    type: TEXT,
    result: z.enum(['recorded', 'ignored']),
    installationId: TEXT.nullable(),
    deploymentId: TEXT.nullable(),
    resourceId: TEXT.nullable(),
    action: TEXT.nullable().describe('the action’s slug'),
    times: COUNT.describe('how often the event was received'),
    actor: TEXT.describe('`vercel`, or `operator:<name>` for a replay'),
    reason: TEXT.nullable().describe('the reason of a replay'),
    replayOf: UUID_TEXT.nullable().describe('the delivery that this one repeats'),
    eventCreatedAt: TIME,
    receivedAt: TIME,
    lastReceivedAt: TIME,
  }),
);
export type DeliveryAnswer = z.infer<typeof deliverySchema>;

export function deliveryAnswer(delivery: Omit<Delivery, 'body'>): DeliveryAnswer {
  const { id, eventId, type, result, installationId, deploymentId, resourceId, action, times } = delivery;
  const { actor, reason, replayOf, eventCreatedAt, receivedAt, lastReceivedAt } = delivery;
  return {
    id,
    eventId,
    type,
    result,
    installationId,
    deploymentId,
    resourceId,
    action,
    times,
    actor,
    reason,
    replayOf,
    eventCreatedAt: eventCreatedAt.toISOString(),
    receivedAt: receivedAt.toISOString(),
    lastReceivedAt: lastReceivedAt.toISOString(),
  };
}
