import { Action } from '../../action/entities/action.entity.js';
import { Transition } from '../../action/entities/transition.entity.js';
import { VercelCall } from '../../vercel/recorder/vercel-call.entity.js';
import { Delivery } from '../../action/entities/delivery.entity.js';
import {
  actionAnswer,
  callAnswer,
  commandAnswers,
  transitionAnswer,
  type ActionAnswer,
  type ActionDetail,
} from './action-answer.js';
import { holdingsAnswer } from '../allocations/allocation-answer.js';
import { holdersOf } from '../allocations/holders.js';
import { deliveryAnswer } from '../deliveries/delivery-answer.js';
import { columnsOf } from '../deliveries/delivery-list.js';
import { UUID } from '../../http/paging/uuid.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';

const MOST_CALLS = 500;

/** What the database has of it. */
type Recorded = Omit<ActionDetail, 'statusUrl'>;

/** One action with all that is on record of it, as of one moment; null when there is none, or the id is no UUID. */
export async function readAction(sight: InstallationScope, id: string): Promise<Recorded | null> {
  if (!UUID.test(id)) return null;
  return sight.snapshot((snapshot) => detail(snapshot, id));
}

/** One action as lists show it. */
export async function readBareAction(sight: InstallationScope, id: string): Promise<ActionAnswer | null> {
  const action = await findAction(sight, id);
  return action && actionAnswer(action);
}

async function detail(sight: InstallationScope, id: string): Promise<Recorded | null> {
  const action = await findAction(sight, id);
  if (action === null) return null;
  const { allocation } = action;
  const transitions = await sight
    .select(Transition, 'transition')
    .andWhere('transition.actionId = :id', { id })
    .orderBy('transition.id')
    .getMany();
  const deliveries = await deliveriesOf(sight, action);
  const calls = await sight
    .select(VercelCall, 'call')
    .andWhere('call.actionId = :id', { id })
    .orderBy({ 'call.at': 'DESC', 'call.id': 'DESC' })
    .limit(MOST_CALLS)
    .getMany();
  const holders = allocation === null ? new Map<string, string[]>() : await holdersOf(sight, [allocation]);
  return {
    ...actionAnswer(action),
    environment: action.environment,
    commands: commandAnswers(action, Date.now()),
    allocation: allocation && holdingsAnswer(allocation, holders.get(allocation.id) ?? []),
    transitions: transitions.map(transitionAnswer),
    deliveries: deliveries.map(deliveryAnswer),
    calls: calls.toReversed().map(callAnswer),
  };
}

function deliveriesOf(sight: InstallationScope, action: Action): Promise<Delivery[]> {
  const { installationId, deploymentId, resourceId, action: slug } = action;
  return sight
    .select(Delivery, 'delivery')
    .select(columnsOf('delivery'))
    .andWhere('delivery.installationId = :installationId AND delivery.deploymentId = :deploymentId')
    .andWhere('delivery.resourceId = :resourceId AND delivery.action = :slug')
    .setParameters({ installationId, deploymentId, resourceId, slug })
    .orderBy({ 'delivery.receivedAt': 'ASC', 'delivery.id': 'ASC' })
    .getMany();
}

function findAction(sight: InstallationScope, id: string): Promise<Action | null> {
  return sight
    .select(Action, 'action')
    .leftJoinAndSelect('action.allocation', 'allocation')
    .andWhere('action.id = :id', { id })
    .getOne();
}
