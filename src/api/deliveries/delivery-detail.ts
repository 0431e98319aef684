import { z } from 'zod';
import { Action } from '../../action/entities/action.entity.js';
import { Transition } from '../../action/entities/transition.entity.js';
import { Delivery } from '../../action/entities/delivery.entity.js';
import { transitionAnswer, transitionSchema, type TransitionAnswer } from '../actions/action-answer.js';
import { named, TEXT, UUID_TEXT } from '../../http/openapi/answers.js';
import { UUID } from '../../http/paging/uuid.js';
import type { ScopeCondition, InstallationScope } from '../../access/scope/installation-scope.js';
import { deliveryAnswer, deliverySchema } from './delivery-answer.js';

const VERDICTS = ['moved', 'no-effect', 'noted', 'ignored'] as const;

/** A delivery with its signed body and its effect. */
export const deliveryDetailSchema = named(
  'DeliveryDetail',
  deliverySchema.extend({
    body: TEXT.describe('the raw body that was signed'),
    verdict: z
      .enum(VERDICTS)
      .describe(
        '`moved`: the event changed an action (see transitions); `no-effect`: the state of its action ' +
          'does not allow a change by this event; `noted`: the event concerns no action; `ignored`: ' +
          'Drawbridge does not handle this type',
      ),
    explanation: TEXT.describe('the effect as a sentence'),
    actionId: UUID_TEXT.nullable().describe('the action that the event concerns'),
    transitions: z.array(transitionSchema).describe('the changes by this delivery, oldest first'),
    replays: z.array(UUID_TEXT).describe('deliveries that repeat this one, oldest first'),
  }),
);
export type DeliveryDetail = z.infer<typeof deliveryDetailSchema>;
type Effect = Pick<DeliveryDetail, 'verdict' | 'explanation'>;

/** Reads a delivery with details; null if it does not exist or the id is not a UUID. */
export async function readDelivery(scope: InstallationScope, id: string): Promise<DeliveryDetail | null> {
  if (!UUID.test(id)) return null;
  return scope.snapshot((snapshot) => detail(snapshot, id));
}

/** Reads a delivery; null if it does not exist. */
export function findDelivery(scope: InstallationScope, id: string): Promise<Delivery | null> {
  return scope.select(Delivery, 'delivery').andWhere('delivery.id = :id', { id }).getOne();
}

async function detail(scope: InstallationScope, id: string): Promise<DeliveryDetail | null> {
  const delivery = await findDelivery(scope, id);
  if (delivery === null) return null;
  const found = scope.select(Transition, 'transition').andWhere('transition.deliveryId = :id', { id });
  const transitions = (await found.orderBy('transition.id').getMany()).map(transitionAnswer);
  const replays = await scope.query<{ id: string }>(REPLAYS, [id]);
  return {
    ...deliveryAnswer(delivery),
    body: delivery.body,
    ...effectOf(delivery, transitions),
    actionId: await actionOf(scope, delivery),
    transitions,
    replays: replays.map((replay) => replay.id),
  };
}

const REPLAYS = (inScope: ScopeCondition): string => `
  SELECT id FROM delivery
  WHERE replay_of IS NOT NULL AND replay_of = $1 AND ${inScope('installation_id')}
  ORDER BY received_at, id LIMIT 200`;

type Subject = Pick<Delivery, 'installationId' | 'deploymentId' | 'resourceId' | 'action'>;

/** Returns the id of the action that a delivery concerns; null if there is none or it was purged. */
export async function actionOf(scope: InstallationScope, delivery: Subject): Promise<string | null> {
  const { installationId, deploymentId, resourceId, action } = delivery;
  if (installationId === null || deploymentId === null || resourceId === null || action === null) return null;
  const found = await scope
    .select(Action, 'action')
    .select('action.id')
    .andWhere('action.installationId = :installationId AND action.deploymentId = :deploymentId')
    .andWhere('action.resourceId = :resourceId AND action.action = :action')
    .setParameters({ installationId, deploymentId, resourceId, action })
    .getOne();
  return found?.id ?? null;
}

function effectOf(delivery: Delivery, transitions: TransitionAnswer[]): Effect {
  const [first] = transitions;
  if (first !== undefined)
    return { verdict: 'moved', explanation: `${first.event}: ${first.from} → ${first.to}` };
  if (delivery.result === 'ignored')
    return { verdict: 'ignored', explanation: `Drawbridge does not handle events of type ${delivery.type}` };
  if (delivery.action === null)
    return { verdict: 'noted', explanation: 'the event concerns no action and was only stored' };
  const explanation = 'the state of the action does not allow a change by this event';
  return { verdict: 'no-effect', explanation };
}
