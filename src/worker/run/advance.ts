import { isWorking, type WorkingState } from '../../state-machine/action-state.js';
import { deploymentGone } from '../steps/abandoned.js';
import { deprovision } from '../steps/step-deprovision.js';
import { provision } from '../steps/step-provision.js';
import { advanceQueued } from '../steps/step-queued.js';
import { reportFailed, reportSucceeded } from '../steps/step-report.js';
import { isAbandoned, needsSecrets } from './run-memory.js';
import type { Advanced, RunState, ActionStep, StepInput } from './step-input.js';
import type { StepSignals } from './signals.js';
import type { Tools } from '../ports/tools.js';

/**
 * Takes one step for an action: talks to Vercel and to its provisioner, decides, writes nothing and changes
 * nothing that it was given. The caller has recorded a provision call as started where `willProvision` says
 * so.
 *
 * @throws Error when the action is at rest
 */
export async function advance(run: RunState, signals: StepSignals, tools: Tools): Promise<Advanced> {
  const { view, memory } = run;
  if (isAbandoned(view, memory)) return { result: deploymentGone(view), memory };
  const { state } = view;
  if (!isWorking(state)) throw new Error(`worker: action ${view.id} rests in ${state} and has no step`);
  return stepFor(state)({ ...run, view: { ...view, state }, signals }, tools);
}

const STEPS: { readonly [S in WorkingState]: ActionStep<S> } = {
  queued: advanceQueued,
  provisioning: provision,
  reporting: (input, tools) =>
    needsSecrets(input.view, input.memory) ? provision(input, tools) : reportSucceeded(input, tools),
  failing: (input, tools) =>
    input.view.failureReport === null ? reportFailed(input, tools) : deprovision(input, tools),
  canceling: deprovision,
  releasing: deprovision,
};

/** The table's type says that each state's step gets inputs of that state; a lookup by a union cannot. */
const stepFor = (state: WorkingState) =>
  STEPS[state] as (input: StepInput, tools: Tools) => Promise<Advanced>;
