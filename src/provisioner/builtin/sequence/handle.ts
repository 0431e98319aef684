import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../provisioner.js';

/** What is known of one step. */
export type StepState = {
  /** The step's own. */
  handle?: Json;
  /** The deployments for which it has said ready, the last ones. */
  done?: string[];
  /** It gave secrets, which have to be asked for again at the end. */
  secrets?: true;
  /** Those that later steps refer to, encrypted. */
  sealed?: string;
  /** It has said gone, while others have not. */
  gone?: true;
};

export type States = Readonly<Record<string, StepState>>;
/** By the names of the steps. */
export type SequenceHandle = { steps: { [name: string]: { [key: string]: Json } } };

/** The states in a handle; none in null, and none in what another provisioner left. */
export function statesOf(handle: Json | null): States {
  const steps: unknown = isRecord(handle) ? handle['steps'] : null;
  if (!isRecord(steps)) return {};
  return Object.fromEntries(Object.entries(steps).filter(([, state]) => isRecord(state))) as Record<
    string,
    StepState
  >;
}

export function stateOf(states: States, name: string): StepState {
  return Object.hasOwn(states, name) ? (states[name] as StepState) : {};
}

export function withState(states: States, name: string, state: StepState): States {
  return { ...states, [name]: { ...stateOf(states, name), ...state } };
}

export function handleOf(states: States): SequenceHandle {
  return { steps: { ...states } };
}

/** Nothing when it is what is stored already: a handle that was written meanwhile by somebody else is not overwritten with an older one. */
export function handleIfChanged(before: States, after: States): { handle?: SequenceHandle } {
  return isDeepStrictEqual(before, after) ? {} : { handle: handleOf(after) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
