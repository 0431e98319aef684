import { logEvent } from '../../log/log.js';
import { provisionerLabel } from '../../metrics/declared.js';
import {
  provisionerCalls,
  provisionerDuration,
  type PluginResult,
  type MeteredVerb,
} from '../../metrics/definitions/provisioner.js';
import type { ActionRun } from '../run/action-run.js';
import type { CallResult } from './plugin-call.js';
import type { Tools } from '../run/tools.js';

/** Counts and times a call of a provisioner, and logs what somebody may have to mend. */
export async function metered<Answer extends { status: 'ready' | 'pending' | 'gone' }>(
  verb: MeteredVerb,
  errand: ActionRun,
  { actions }: Pick<Tools, 'actions'>,
  calling: Promise<CallResult<Answer>>,
): Promise<CallResult<Answer>> {
  const provisioner = provisionerLabel(errand.view.action, actions);
  const start = performance.now();
  const result = await calling;
  provisionerDuration.observe({ provisioner, verb }, (performance.now() - start) / 1000);
  provisionerCalls.inc({ provisioner, verb, result: resultOf(result, errand) });
  if (result.kind === 'broke' || result.kind === 'threw') {
    const event = result.kind === 'broke' ? 'provisioner-misbehaved' : 'provisioner-failing';
    logEvent(event, { ...aboutCall(errand), provisioner, verb, error: result.message });
  }
  return result;
}

function resultOf(result: CallResult<{ status: PluginResult }>, { interruption }: ActionRun): PluginResult {
  switch (result.kind) {
    case 'answered':
      return result.answer.status;
    case 'permanent':
      return 'permanent';
    case 'broke':
      return 'misbehaved';
    case 'threw':
      return result.timedOut === true ? 'timeout' : 'error';
    case 'aborted':
      return interruption === null ? 'timeout' : 'aborted'; // else it is the deadline that ended it
    default:
      return result satisfies never;
  }
}

/** What names the action and the allocation that a call is for. */
export function aboutCall({ view }: Pick<ActionRun, 'view'>) {
  const { id: actionId, deploymentId, installationId, allocation } = view;
  return { actionId, allocationKey: allocation?.key ?? '', deploymentId, installationId };
}
