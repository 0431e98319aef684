import type { DataSource, EntityManager } from 'typeorm';
import { Action } from '../action/action.entity.js';
import { Transition } from '../action/transition.entity.js';
import { Delivery } from '../webhook/delivery.entity.js';
import {
  actionAnswer,
  allocationAnswer,
  deliveryAnswer,
  transitionAnswer,
  type ActionDetail,
  type AllocationAnswer,
} from './action.answer.js';
import { UUID } from './page.js';

/** One action with all that is on record of it, as of one moment; null when there is none, or the id is no UUID. */
export async function readAction(database: DataSource, id: string): Promise<ActionDetail | null> {
  if (!UUID.test(id)) return null;
  return database.transaction('REPEATABLE READ', (manager) => detail(manager, id));
}

async function detail(manager: EntityManager, id: string): Promise<ActionDetail | null> {
  const action = await manager.findOne(Action, { where: { id }, relations: { allocation: true } });
  if (action === null) return null;
  const { installationId, deploymentId, resourceId } = action;
  const transitions = await manager.find(Transition, { where: { actionId: id }, order: { id: 'ASC' } });
  const deliveries = await manager.find(Delivery, {
    select: {
      id: true,
      eventId: true,
      type: true,
      result: true,
      times: true,
      eventCreatedAt: true,
      receivedAt: true,
      lastReceivedAt: true,
    },
    where: { installationId, deploymentId, resourceId, action: action.action },
    order: { receivedAt: 'ASC', id: 'ASC' },
  });
  return {
    ...actionAnswer(action),
    allocation: await allocationOf(manager, action),
    transitions: transitions.map(transitionAnswer),
    deliveries: deliveries.map(deliveryAnswer),
  };
}

async function allocationOf(manager: EntityManager, action: Action): Promise<AllocationAnswer | null> {
  if (action.allocation === null) return null;
  const holders = await manager
    .createQueryBuilder(Action, 'action')
    .select(['action.id'])
    .where('action.allocationId = :allocation', { allocation: action.allocation.id })
    .andWhere('action.hold IS NOT NULL')
    .orderBy('action.createdAt')
    .addOrderBy('action.id')
    .getMany();
  return allocationAnswer(
    action.allocation,
    holders.map((holder) => holder.id),
  );
}
