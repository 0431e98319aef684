import {
  isWorking,
  next,
  type Event,
  type From,
  type Operation,
  type State,
} from '../../src/state-machine/action-state.js';

/** One action in the pure model: the result of `next` for the events that took effect. */
interface ModelAction {
  state: From;
  attempt: number;
  hold: 'holds' | 'closes' | null;
  allocation: number | null;
  /** A provision call was started, and its end is not stored. */
  callOpen: boolean;
  /** A call of an earlier worker may still take effect. */
  stray: boolean;
  path: string[];
}

interface ModelAllocation {
  generation: number;
  state: 'open' | 'closing' | 'closed';
}

/** Two actions of one git branch, and their expected state in a correct store. */
export interface Model {
  actions: [ModelAction, ModelAction];
  allocations: ModelAllocation[];
  events: string[];
}

/** What a worker last read of an action: its claim token, and the state and hold that the worker acts on. */
export interface SeenAction {
  attempt: number;
  state: State;
  hold: 'holds' | 'closes' | null;
}

/** One operation on the repositories, with everything that determines its effect. */
export type Op =
  | { kind: 'webhook'; on: 0 | 1; event: Operation; eventId: string }
  | { kind: 'claim'; on: 0 | 1 }
  | { kind: 'begin'; on: 0 | 1; seen: SeenAction }
  | { kind: 'decline'; on: 0 | 1; seen: SeenAction; event: 'skip' | 'fail' }
  | { kind: 'move'; on: 0 | 1; seen: SeenAction; event: Event }
  | { kind: 'let-go'; on: 0 | 1; seen: SeenAction }
  | { kind: 'operator'; on: 0 | 1; from: State; event: 'retry' | 'release' | 'abort' };

const fresh = (): ModelAction => ({
  state: 'none',
  attempt: 0,
  hold: null,
  allocation: null,
  callOpen: false,
  stray: false,
  path: [],
});

export const emptyModel = (): Model => ({ actions: [fresh(), fresh()], allocations: [], events: [] });

/** Applies one operation in place, and returns the expected answer of the repositories. */
export function applyTo(model: Model, op: Op): string {
  const action = model.actions[op.on];
  switch (op.kind) {
    case 'webhook':
      return webhook(model, action, op.event, op.eventId);
    case 'claim':
      return claim(action);
    case 'begin':
      return begin(model, action, op.seen);
    case 'decline':
      return decline(action, op.seen, op.event);
    case 'move':
      return moveGuarded(model, action, op.seen, op.event);
    case 'let-go':
      return letGo(model, action, op.seen);
    case 'operator':
      if (action.state !== op.from) return 'false';
      move(action, op.event);
      return 'true';
    default:
      return op satisfies never;
  }
}

function move(action: ModelAction, event: Event): void {
  const to = next(action.state, event);
  if (to === undefined) return;
  action.path.push(`${action.state} ${event} ${to}`);
  action.state = to;
}

function webhook(model: Model, action: ModelAction, event: Operation, eventId: string): string {
  if (model.events.includes(eventId)) return 'duplicate';
  model.events.push(eventId);
  move(action, event);
  return 'recorded';
}

function claim(action: ModelAction): string {
  if (action.state === 'none' || !isWorking(action.state)) return 'nothing';
  action.attempt++;
  action.stray ||= action.callOpen;
  action.callOpen = false;
  return seen(action);
}

export const seen = ({
  attempt,
  state,
  hold,
}: {
  attempt: number;
  state: string;
  hold: string | null;
}): string => `${attempt} ${state} ${hold}`;

function isMine(action: ModelAction, { attempt, state }: SeenAction): boolean {
  return action.attempt === attempt && action.state === state;
}

function begin(model: Model, action: ModelAction, by: SeenAction): string {
  if (!isMine(action, { ...by, state: 'queued' }) || action.stray) return 'nothing';
  let index = model.allocations.findIndex(({ state }) => state === 'open');
  if (index === -1)
    index = model.allocations.push({ generation: model.allocations.length + 1, state: 'open' }) - 1;
  move(action, 'begin');
  Object.assign(action, { hold: 'holds', allocation: index, callOpen: true });
  return `generation ${index + 1}`;
}

/**
 * Returns the answer for an action without a `begin`. A skipped action has no allocation, not even an earlier
 * one.
 */
function decline(action: ModelAction, by: SeenAction, event: 'skip' | 'fail'): string {
  if (!isMine(action, { ...by, state: 'queued' }) || action.stray) return 'false';
  move(action, event);
  if (event === 'skip') action.allocation = null;
  return 'true';
}

function moveGuarded(model: Model, action: ModelAction, by: SeenAction, event: Event): string {
  if (!isMine(action, by)) return 'false';
  const closes = event === 'gone' && by.hold === 'closes';
  if (closes && action.hold !== 'closes') return 'false';
  move(action, event);
  if (event === 'ready' || event === 'fail') action.callOpen = false;
  if (!closes) return 'true';
  action.hold = null;
  (model.allocations[action.allocation as number] as ModelAllocation).state = 'closed';
  return 'true';
}

function letGo(model: Model, action: ModelAction, by: SeenAction): string {
  if (!isMine(action, by) || action.hold !== 'holds') return 'moved';
  const others = model.actions.filter((other) => other !== action && other.allocation === action.allocation);
  if (others.some(({ hold }) => hold === 'holds')) {
    action.hold = null;
    move(action, 'gone');
    return 'left';
  }
  action.hold = 'closes';
  (model.allocations[action.allocation as number] as ModelAllocation).state = 'closing';
  return 'closes';
}

/**
 * Returns every model that one of `models` can become by these concurrent operations with these answers.
 * Tries each order of the operations. An empty list means that no order explains the answers.
 */
export function explain(models: readonly Model[], ops: readonly Op[], answers: readonly string[]): Model[] {
  const found = new Map<string, Model>();
  for (const model of models) {
    for (const reached of orders(model, ops, answers, 0)) found.set(JSON.stringify(reached), reached);
  }
  return [...found.values()];
}

function* orders(
  model: Model,
  ops: readonly Op[],
  answers: readonly string[],
  done: number,
): Generator<Model> {
  if (done === 2 ** ops.length - 1) yield model;
  for (const [index, op] of ops.entries()) {
    const bit = 1 << index;
    if (done & bit) continue;
    const copy = structuredClone(model);
    if (applyTo(copy, op) === answers[index]) yield* orders(copy, ops, answers, done | bit);
  }
}

/** The expected content of the database, in a comparable form. */
export function storedForm(model: Model): unknown {
  return {
    actions: model.actions.map(({ state, attempt, hold, allocation, path }) => ({
      state,
      attempt,
      hold,
      generation: allocation === null ? null : allocation + 1,
      path,
    })),
    allocations: model.allocations.map(({ generation, state }) => `${generation} ${state}`),
    deliveries: model.events.length,
  };
}
