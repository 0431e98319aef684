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

/** The part of the answer that is stored in the database. */
type Recorded = Omit<ActionDetail, 'statusUrl'>;

/** Reads an action with its details in one snapshot; null if it does not exist or the id is not a UUID. */
export async function readAction(scope: InstallationScope, id: string): Promise<Recorded | null> {
  if (!UUID.test(id)) return null;
  return scope.snapshot((snapshot) => detail(snapshot, id));
}

/** Reads an action without details; null if it does not exist. */
export async function readBareAction(scope: InstallationScope, id: string): Promise<ActionAnswer | null> {
  const action = await findAction(scope, id);
  return action && actionAnswer(action);
}

async function detail(scope: InstallationScope, id: string): Promise<Recorded | null> {
  const action = await findAction(scope, id);
  if (action === null) return null;
  const { allocation } = action;
  const transitions = await scope
    .select(Transition, 'transition')
    .andWhere('transition.actionId = :id', { id })
    .orderBy('transition.id')
    .getMany();
  const deliveries = await deliveriesOf(scope, action);
  const calls = await scope
    .select(VercelCall, 'call')
    .andWhere('call.actionId = :id', { id })
    .orderBy({ 'call.at': 'DESC', 'call.id': 'DESC' })
    .limit(MOST_CALLS)
    .getMany();
  const holders = allocation === null ? new Map<string, string[]>() : await holdersOf(scope, [allocation]);
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

function deliveriesOf(scope: InstallationScope, action: Action): Promise<Delivery[]> {
  const { installationId, deploymentId, resourceId, action: slug } = action;
  return scope
    .select(Delivery, 'delivery')
    .select(columnsOf('delivery'))
    .andWhere('delivery.installationId = :installationId AND delivery.deploymentId = :deploymentId')
    .andWhere('delivery.resourceId = :resourceId AND delivery.action = :slug')
    .setParameters({ installationId, deploymentId, resourceId, slug })
    .orderBy({ 'delivery.receivedAt': 'ASC', 'delivery.id': 'ASC' })
    .getMany();
}

function findAction(scope: InstallationScope, id: string): Promise<Action | null> {
  return scope
    .select(Action, 'action')
    .leftJoinAndSelect('action.allocation', 'allocation')
    .andWhere('action.id = :id', { id })
    .getOne();
}
