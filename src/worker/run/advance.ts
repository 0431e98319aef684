import type { ActionView } from '../../action/claims/action-view.js';
import { isWorking, next, type WorkingState } from '../../state-machine/action-state.js';
import { releaseText } from '../../state-machine/release-reasons.js';
import type { ActionRun } from './action-run.js';
import type { StepResult } from './step-result.js';
import { advanceQueued } from '../steps/step-queued.js';
import { provision } from '../steps/step-provision.js';
import { report, tellFailed } from '../steps/step-report.js';
import { takeAway } from '../steps/step-deprovision.js';
import type { Tools } from './tools.js';

/**
 * Takes one step for an action: talks to Vercel and to its provisioner, decides what came of it, writes nothing.
 * The caller has recorded a provision call as started where `willProvision` says so.
 */
export async function advance(errand: ActionRun, tools: Tools): Promise<StepResult> {
  const { state } = errand.view;
  if (!isWorking(state))
    throw new Error(`worker: action ${errand.view.id} rests in ${state}, there is no step to take`);
  if (isAbandoned(errand)) return goneOutcome(errand);
  return STEPS[state](errand, tools);
}

function goneOutcome({ view }: ActionRun): StepResult {
  return {
    kind: 'abandoned',
    reason: 'deployment-gone',
    text: releaseText('deployment-gone', view),
  };
}

const STEPS: Record<WorkingState, (errand: ActionRun, tools: Tools) => Promise<StepResult>> = {
  queued: advanceQueued,
  provisioning: provision,
  reporting: (errand, tools) =>
    needsSecrets(errand.view, errand) ? provision(errand, tools) : report(errand, tools),
  failing: (errand, tools) =>
    errand.view.failureReport === null ? tellFailed(errand, tools) : takeAway(errand, tools),
  canceling: takeAway,
  releasing: takeAway,
};

/** Vercel knows the deployment no more, and what is made for it is still to be given up; once it is, its steps wait as any others. */
export const isAbandoned = ({ deploymentGone, view }: ActionRun): boolean =>
  deploymentGone && next(view.state, 'release') !== undefined;

/** Whether the next step calls `provision`. */
export function willProvision(view: ActionView, errand: ActionRun): boolean {
  if (isAbandoned(errand)) return false;
  return view.state === 'provisioning' || (view.state === 'reporting' && needsSecrets(view, errand));
}

/** What holds nothing has none: it is for a deployment that its action does not serve. */
const needsSecrets = (view: ActionView, { due }: ActionRun): boolean => due === null && view.hold !== null;
