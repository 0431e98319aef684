import type { Action, ActionOutcome } from '../action/action.entity.js';
import type { Event, From, State } from '../action/action.state.js';
import type { Allocation } from '../action/allocation.entity.js';
import type { Actor, Transition } from '../action/transition.entity.js';
import type { Delivery } from '../webhook/delivery.entity.js';

/** An action in the API. Times are ISO 8601, UTC. */
export interface ActionAnswer {
  id: string;
  installationId: string;
  resourceId: string;
  deploymentId: string;
  action: string;
  state: State;
  outcome: ActionOutcome | null;
  reason: string | null;
  statusText: string | null;
  /** Its name, or its id as long as the name is not known. */
  project: string | null;
  gitRef: string | null;
  target: string | null;
  /** Claims of workers, without those that a shutdown handed back. */
  attempts: number;
  allocationKey: string | null;
  deadlineAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface TransitionAnswer {
  id: string;
  actionId: string;
  event: Event;
  from: From;
  to: State;
  actor: Actor;
  reason: string | null;
  deliveryId: string | null;
  at: string;
}

/** `holders` are the actions that hold the allocation now. */
export interface AllocationAnswer extends Pick<Allocation, 'key' | 'state' | 'generation' | 'handle'> {
  holders: string[];
}

/** A delivery without its body. */
export interface DeliveryAnswer extends Pick<Delivery, 'id' | 'eventId' | 'type' | 'result' | 'times'> {
  eventCreatedAt: string;
  receivedAt: string;
  lastReceivedAt: string;
}

export interface ActionDetail extends ActionAnswer {
  allocation: AllocationAnswer | null;
  transitions: TransitionAnswer[];
  deliveries: DeliveryAnswer[];
}

export function actionAnswer(action: Action): ActionAnswer {
  const { id, installationId, resourceId, deploymentId, state, outcome, reason, statusText } = action;
  return {
    id,
    installationId,
    resourceId,
    deploymentId,
    action: action.action,
    state,
    outcome,
    reason,
    statusText,
    project: action.projectName ?? action.projectId,
    gitRef: action.gitRef,
    target: action.target,
    attempts: action.attempt - action.handedBack,
    allocationKey: action.allocation?.key ?? null,
    deadlineAt: action.deadlineAt?.toISOString() ?? null,
    createdAt: action.createdAt.toISOString(),
    updatedAt: action.updatedAt.toISOString(),
  };
}

export function transitionAnswer(transition: Transition): TransitionAnswer {
  const { id, actionId, event, from, to, actor, reason, deliveryId, at } = transition;
  return { id, actionId, event, from, to, actor, reason, deliveryId, at: at.toISOString() };
}

export function allocationAnswer(allocation: Allocation, holders: string[]): AllocationAnswer {
  const { key, state, generation, handle } = allocation;
  return { key, state, generation, handle, holders };
}

export function deliveryAnswer(delivery: Delivery): DeliveryAnswer {
  const { id, eventId, type, result, times, eventCreatedAt, receivedAt, lastReceivedAt } = delivery;
  return {
    id,
    eventId,
    type,
    result,
    times,
    eventCreatedAt: eventCreatedAt.toISOString(),
    receivedAt: receivedAt.toISOString(),
    lastReceivedAt: lastReceivedAt.toISOString(),
  };
}
