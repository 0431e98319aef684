import { isWorking, type WorkingState } from '../../state-machine/action-state.js';
import { deploymentGone } from '../steps/abandoned.js';
import { deprovision } from '../steps/step-deprovision.js';
import { provision } from '../steps/step-provision.js';
import { advanceQueued } from '../steps/step-queued.js';
import { reportFailed, reportSucceeded } from '../steps/step-report.js';
import { isAbandoned, needsSecrets } from '../values/run-memory.js';
import type { StepOutput, RunState, ActionStep, StepInput } from '../values/step-input.js';
import type { StepSignals } from '../values/signals.js';
import type { StepPorts } from '../ports/step-ports.js';

/**
 * Decides one step. Calls Vercel and the provisioner; writes nothing and changes no argument. Where
 * `willProvision` is true, the caller has recorded the call before.
 *
 * @throws Error when the action is at rest
 */
export async function advance(run: RunState, signals: StepSignals, ports: StepPorts): Promise<StepOutput> {
  const { view, memory } = run;
  if (isAbandoned(view, memory)) return { result: deploymentGone(view), memory };
  const { state } = view;
  if (!isWorking(state)) throw new Error(`worker: action ${view.id} rests in ${state} and has no step`);
  return stepFor(state)({ ...run, view: { ...view, state }, signals }, ports);
}

const STEPS: { readonly [S in WorkingState]: ActionStep<S> } = {
  queued: advanceQueued,
  provisioning: provision,
  reporting: (input, ports) =>
    needsSecrets(input.view, input.memory) ? provision(input, ports) : reportSucceeded(input, ports),
  failing: (input, ports) =>
    input.view.failureReport === null ? reportFailed(input, ports) : deprovision(input, ports),
  canceling: deprovision,
  releasing: deprovision,
};

/** STEPS guarantees a step for inputs of its state. TypeScript cannot infer that from a union. */
const stepFor = (state: WorkingState) =>
  STEPS[state] as (input: StepInput, ports: StepPorts) => Promise<StepOutput>;
