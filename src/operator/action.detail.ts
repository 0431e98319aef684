import type { DataSource, EntityManager } from 'typeorm';
import { Action } from '../action/action.entity.js';
import { Transition } from '../action/transition.entity.js';
import { VercelCall } from '../call/vercel.call.entity.js';
import { Delivery } from '../webhook/delivery.entity.js';
import {
  actionAnswer,
  callAnswer,
  transitionAnswer,
  type ActionAnswer,
  type ActionDetail,
} from './action.answer.js';
import { holdingsAnswer } from './allocations/allocation.answer.js';
import { holdersOf } from './allocations/holders.js';
import { deliveryAnswer } from './deliveries/delivery.answer.js';
import { WITHOUT_BODY } from './deliveries/delivery.list.js';
import { UUID } from './page.js';

const MOST_CALLS = 500;

/** What the database has of it. */
type Recorded = Omit<ActionDetail, 'statusUrl'>;

/** One action with all that is on record of it, as of one moment; null when there is none, or the id is no UUID. */
export async function readAction(database: DataSource, id: string): Promise<Recorded | null> {
  if (!UUID.test(id)) return null;
  return database.transaction('REPEATABLE READ', (manager) => detail(manager, id));
}

/** One action as lists show it. */
export async function readBareAction(database: DataSource, id: string): Promise<ActionAnswer | null> {
  const action = await findAction(database.manager, id);
  return action && actionAnswer(action);
}

async function detail(manager: EntityManager, id: string): Promise<Recorded | null> {
  const action = await findAction(manager, id);
  if (action === null) return null;
  const { installationId, deploymentId, resourceId, allocation } = action;
  const transitions = await manager.find(Transition, { where: { actionId: id }, order: { id: 'ASC' } });
  const deliveries = await manager.find(Delivery, {
    select: WITHOUT_BODY,
    where: { installationId, deploymentId, resourceId, action: action.action },
    order: { receivedAt: 'ASC', id: 'ASC' },
  });
  const calls = await manager.find(VercelCall, {
    where: { actionId: id },
    order: { at: 'DESC', id: 'DESC' },
    take: MOST_CALLS,
  });
  const holders = allocation === null ? new Map<string, string[]>() : await holdersOf(manager, [allocation]);
  return {
    ...actionAnswer(action),
    allocation: allocation && holdingsAnswer(allocation, holders.get(allocation.id) ?? []),
    transitions: transitions.map(transitionAnswer),
    deliveries: deliveries.map(deliveryAnswer),
    calls: calls.toReversed().map(callAnswer),
  };
}

function findAction(manager: EntityManager, id: string): Promise<Action | null> {
  return manager.findOne(Action, { where: { id }, relations: { allocation: true } });
}
