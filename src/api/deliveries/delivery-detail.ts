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

/** A delivery with the body that was signed and what became of it. */
export const deliveryDetailSchema = named(
  'DeliveryDetail',
  deliverySchema.extend({
    body: TEXT.describe('the raw body, as it was signed'),
    verdict: z
      .enum(VERDICTS)
      .describe(
        '`moved`: it changed an action (see transitions); `no-effect`: it concerns an action, whose state gave it nothing to change; ' +
          '`noted`: an event that concerns no action; `ignored`: nothing here acts on this type',
      ),
    explanation: TEXT.describe('the verdict as a sentence'),
    actionId: UUID_TEXT.nullable().describe('the action that it concerns'),
    transitions: z.array(transitionSchema).describe('what it changed, oldest first'),
    replays: z.array(UUID_TEXT).describe('deliveries that repeat this one, oldest first'),
  }),
);
export type DeliveryDetail = z.infer<typeof deliveryDetailSchema>;
type Verdict = Pick<DeliveryDetail, 'verdict' | 'explanation'>;

/** Null when there is none, or the id is no UUID. */
export async function readDelivery(sight: InstallationScope, id: string): Promise<DeliveryDetail | null> {
  if (!UUID.test(id)) return null;
  return sight.snapshot((snapshot) => detail(snapshot, id));
}

/** Null when there is none. */
export function findDelivery(sight: InstallationScope, id: string): Promise<Delivery | null> {
  return sight.select(Delivery, 'delivery').andWhere('delivery.id = :id', { id }).getOne();
}

async function detail(sight: InstallationScope, id: string): Promise<DeliveryDetail | null> {
  const delivery = await findDelivery(sight, id);
  if (delivery === null) return null;
  const found = sight.select(Transition, 'transition').andWhere('transition.deliveryId = :id', { id });
  const transitions = (await found.orderBy('transition.id').getMany()).map(transitionAnswer);
  const replays = await sight.query<{ id: string }>(REPLAYS, [id]);
  return {
    ...deliveryAnswer(delivery),
    body: delivery.body,
    ...verdictOf(delivery, transitions),
    actionId: await actionOf(sight, delivery),
    transitions,
    replays: replays.map((replay) => replay.id),
  };
}

const REPLAYS = (seen: ScopeCondition): string => `
  SELECT id FROM delivery
  WHERE replay_of IS NOT NULL AND replay_of = $1 AND ${seen('installation_id')} ORDER BY received_at, id LIMIT 200`;

type Subject = Pick<Delivery, 'installationId' | 'deploymentId' | 'resourceId' | 'action'>;

/** The action that a delivery concerns; null: none, or it was cleared away. */
export async function actionOf(sight: InstallationScope, delivery: Subject): Promise<string | null> {
  const { installationId, deploymentId, resourceId, action } = delivery;
  if (installationId === null || deploymentId === null || resourceId === null || action === null) return null;
  const found = await sight
    .select(Action, 'action')
    .select('action.id')
    .andWhere('action.installationId = :installationId AND action.deploymentId = :deploymentId')
    .andWhere('action.resourceId = :resourceId AND action.action = :action')
    .setParameters({ installationId, deploymentId, resourceId, action })
    .getOne();
  return found?.id ?? null;
}

function verdictOf(delivery: Delivery, transitions: TransitionAnswer[]): Verdict {
  const [first] = transitions;
  if (first !== undefined)
    return { verdict: 'moved', explanation: `${first.event}: ${first.from} → ${first.to}` };
  if (delivery.result === 'ignored')
    return { verdict: 'ignored', explanation: `nothing acts on events of type ${delivery.type}` };
  if (delivery.action === null)
    return { verdict: 'noted', explanation: 'the event concerns no action; it was taken note of' };
  const explanation = 'the action was in a state that this event does not change';
  return { verdict: 'no-effect', explanation };
}
