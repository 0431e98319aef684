import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../provisioner.js';

/** The state of one step. */
export type StepState = {
  /** The step's own handle. */
  handle?: Json;
  /** The last deployments for which it answered ready. */
  done?: string[];
  /** Set when it returned secrets, which the last call collects again. */
  secrets?: true;
  /** The encrypted secrets that later steps refer to. */
  sealed?: string;
  /** Set when it answered gone, while others have not. */
  gone?: true;
};

export type States = Readonly<Record<string, StepState>>;
/** The states of the steps, by name. */
export type SequenceHandle = { steps: { [name: string]: { [key: string]: Json } } };

/** Returns the states in a handle; none for null and for the handle of another provisioner. */
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

/** Returns the handle only when it changed, so that it never overwrites a newer one of another call. */
export function handleIfChanged(before: States, after: States): { handle?: SequenceHandle } {
  return isDeepStrictEqual(before, after) ? {} : { handle: handleOf(after) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
