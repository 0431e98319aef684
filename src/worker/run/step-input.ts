import type { ActionView } from '../../action/claims/action-view.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import type { WorkingState } from '../../state-machine/action-state.js';
import type { Claim } from './claim.js';
import type { Clock } from '../ports/clock.js';
import type { RunMemory } from './run-memory.js';
import type { StepSignals } from './signals.js';
import type { StepResult } from './step-result.js';
import type { Tools } from '../ports/tools.js';

/** The run of one action between two steps: a value, which only the run loop replaces. */
export interface RunState {
  readonly view: ActionView;
  readonly claim: Claim;
  readonly access: InstallationAccess;
  readonly memory: RunMemory;
}

/** What a step of an action in state `S` gets to see. */
export interface StepInput<S extends WorkingState = WorkingState> extends RunState {
  readonly view: ActionView & { readonly state: S };
  readonly signals: StepSignals;
}

/** What a step decided, and what the worker knows afterwards. */
export interface Advanced {
  readonly result: StepResult;
  readonly memory: RunMemory;
}

export type ActionStep<S extends WorkingState> = (input: StepInput<S>, tools: Tools) => Promise<Advanced>;

export const deadlineMsOf = ({ deadlineAt }: RunMemory, clock: Clock): number => deadlineAt - clock.now();

/** The step's signal that also fires at the deadline, for calls that are of no use after it. */
export function deadlineSignal(
  { memory, signals }: Pick<StepInput, 'memory' | 'signals'>,
  clock: Clock,
): AbortSignal {
  const left = deadlineMsOf(memory, clock);
  if (left === Infinity) return signals.step;
  return AbortSignal.any([signals.step, clock.timeout(Math.max(1, Math.ceil(left)))]);
}

/** Names the call in the record of calls to Vercel. */
export const callSubject = ({ view, memory }: Pick<RunState, 'view' | 'memory'>) => ({
  actionId: view.id,
  attempt: memory.tries + 1,
});
