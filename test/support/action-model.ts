import {
  isWorking,
  next,
  type Event,
  type From,
  type Operation,
  type State,
} from '../../src/state-machine/action-state.js';

/** One action as the pure model knows it: the fold of `next` over the events that took effect. */
interface ModelAction {
  state: From;
  attempt: number;
  hold: 'holds' | 'closes' | null;
  allocation: number | null;
  /** A provision call was begun whose end was not written. */
  callOpen: boolean;
  /** An earlier worker's call may still land. */
  stray: boolean;
  path: string[];
}

interface ModelAllocation {
  generation: number;
  state: 'open' | 'closing' | 'closed';
}

/** Two actions of one git branch, and what a store that is right would have made of them. */
export interface Model {
  actions: [ModelAction, ModelAction];
  allocations: ModelAllocation[];
  events: string[];
}

/** What a worker last saw of an action: its fencing token, and the state and hold that it acts upon. */
export interface SeenAction {
  attempt: number;
  state: State;
  hold: 'holds' | 'closes' | null;
}

/** One operation on the store, with all that decides its effect. */
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

/** Applies one operation, in place, and answers what the store has to answer. */
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

/** Answers without ever beginning; a skipped action has no allocation, not even one that it held before. */
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
 * Every model that one of `models` can have become when these operations were under way at once and answered
 * this: each order of them is tried. None: no order explains the answers.
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

/** What the database has to hold, in a form that compares. */
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
