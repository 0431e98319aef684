import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { Action } from '../../action/action.entity.js';
import { Transition } from '../../action/transition.entity.js';
import { Delivery } from '../../webhook/delivery.entity.js';
import { transitionAnswer, transitionSchema, type TransitionAnswer } from '../action.answer.js';
import { named, TEXT, UUID_TEXT } from '../openapi/answers.js';
import { UUID } from '../page.js';
import { deliveryAnswer, deliverySchema } from './delivery.answer.js';

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
export async function readDelivery(database: DataSource, id: string): Promise<DeliveryDetail | null> {
  if (!UUID.test(id)) return null;
  return database.transaction('REPEATABLE READ', (manager) => detail(manager, id));
}

async function detail(manager: EntityManager, id: string): Promise<DeliveryDetail | null> {
  const delivery = await manager.findOneBy(Delivery, { id });
  if (delivery === null) return null;
  const found = await manager.find(Transition, { where: { deliveryId: id }, order: { id: 'ASC' } });
  const transitions = found.map(transitionAnswer);
  const replays: { id: string }[] = await manager.query(REPLAYS, [id]);
  return {
    ...deliveryAnswer(delivery),
    body: delivery.body,
    ...verdictOf(delivery, transitions),
    actionId: await actionOf(manager, delivery),
    transitions,
    replays: replays.map((replay) => replay.id),
  };
}

const REPLAYS =
  'SELECT id FROM delivery WHERE replay_of IS NOT NULL AND replay_of = $1 ORDER BY received_at, id LIMIT 200';

async function actionOf(manager: EntityManager, delivery: Delivery): Promise<string | null> {
  const { installationId, deploymentId, resourceId, action } = delivery;
  if (installationId === null || deploymentId === null || resourceId === null || action === null) return null;
  const where = { installationId, deploymentId, resourceId, action };
  const found = await manager.findOne(Action, { select: { id: true }, where });
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
