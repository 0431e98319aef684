import type { ActionView } from '../../action/claims/action-view.js';
import { logEvent } from '../../log/log.js';
import { provisionerLabel } from '../../metrics/declared-labels.js';
import {
  provisionerCalls,
  provisionerDuration,
  type PluginResult,
  type MeteredVerb,
} from '../../metrics/definitions/provisioner.js';
import type { StepInput } from '../values/step-input.js';
import type { StepSignals } from '../values/signals.js';
import type { StepPorts } from '../ports/step-ports.js';
import type { CallResult } from './plugin-call.js';

export interface MeteredCall {
  readonly verb: MeteredVerb;
  readonly ms: number;
  readonly result: CallResult<{ status: PluginResult }>;
}

/** Counts and times a call of a provisioner, and logs a failure that an operator may have to fix. */
export function meterCall(
  { view, signals }: Pick<StepInput, 'view' | 'signals'>,
  { actions }: Pick<StepPorts, 'actions'>,
  { verb, ms, result }: MeteredCall,
): void {
  const provisioner = provisionerLabel(view.action, actions);
  provisionerDuration.observe({ provisioner, verb }, ms / 1000);
  provisionerCalls.inc({ provisioner, verb, result: labelOf(result, signals) });
  if (result.kind !== 'broke' && result.kind !== 'threw') return;
  const event = result.kind === 'broke' ? 'provisioner-misbehaved' : 'provisioner-failing';
  logEvent(event, { ...aboutCall({ view }), provisioner, verb, error: result.message });
}

function labelOf(result: MeteredCall['result'], { interruption }: StepSignals): PluginResult {
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
      // Without an interruption the deadline ended the call.
      return interruption === null ? 'timeout' : 'aborted';
    default:
      return result satisfies never;
  }
}

/** Names the action and the allocation of a call in a log line. */
export function aboutCall({ view }: { view: ActionView }) {
  const { id: actionId, deploymentId, installationId, allocation } = view;
  return { actionId, allocationKey: allocation?.key ?? '', deploymentId, installationId };
}
