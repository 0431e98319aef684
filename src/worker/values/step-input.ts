import type { ActionView } from '../../action/claims/action-view.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import type { WorkingState } from '../../state-machine/action-state.js';
import type { Claim } from './claim.js';
import type { Clock } from '../ports/clock.js';
import type { RunMemory } from './run-memory.js';
import type { StepSignals } from './signals.js';
import type { StepResult } from './step-result.js';
import type { StepPorts } from '../ports/step-ports.js';

/** The run of one action between two steps: a value, which only the run loop replaces. */
export interface RunState {
  readonly view: ActionView;
  readonly claim: Claim;
  readonly access: InstallationAccess;
  readonly memory: RunMemory;
}

/** The input of a step for an action in state `S`. */
export interface StepInput<S extends WorkingState = WorkingState> extends RunState {
  readonly view: ActionView & { readonly state: S };
  readonly signals: StepSignals;
}

/** A step's result, and the memory after it. */
export interface StepOutput {
  readonly result: StepResult;
  readonly memory: RunMemory;
}

export type ActionStep<S extends WorkingState> = (
  input: StepInput<S>,
  ports: StepPorts,
) => Promise<StepOutput>;

export const deadlineMsOf = ({ deadlineAt }: RunMemory, clock: Clock): number => deadlineAt - clock.now();

/** The step's signal, which also fires at the deadline. For calls that have no use after it. */
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
