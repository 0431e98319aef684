import type { NewHandle } from '../../action/updates/guarded-update.js';
import type { ActionView, AllocationView } from '../../action/claims/action-view.js';
import type { DeprovisionRequest, Json, Pending, ProvisionRequest } from '../../provisioner/provisioner.js';
import { pluginLog } from '../plugin-call/plugin-log.js';
import type { RunState } from '../values/step-input.js';
import type { ResultOf } from '../values/step-result.js';
import type { StepPorts } from '../ports/step-ports.js';
import { pluginDeployment } from './deployment-fields.js';

/** The request of both verbs. Settings are empty for an unknown resource. */
export function pluginRequest(
  { view, access }: RunState,
  ports: StepPorts,
  signal: AbortSignal,
): DeprovisionRequest {
  const allocation = allocationOf(view);
  return {
    key: allocation.key,
    // Copies: changes by a plugin do not reach a later call.
    handle: structuredClone(allocation.handle) as Json,
    resource: { id: view.resourceId, settings: structuredClone(access.resource?.settings ?? {}) },
    installationId: view.installationId,
    derive: (label) => ports.derive(allocation, label),
    signal,
    log: pluginLog({ view }, ports),
  };
}

export function provisionRequest(run: RunState, ports: StepPorts, signal: AbortSignal): ProvisionRequest {
  const { view } = run;
  return {
    ...pluginRequest(run, ports, signal),
    deployment: pluginDeployment(view),
  };
}

export function pendingResult(
  view: ActionView,
  { handle, message, retryAfterMs }: Pending,
): ResultOf<'pending'> {
  const kept = handle === undefined ? {} : { handle: newHandle(view, handle) };
  return { kind: 'pending', message, retryAfterMs, ...kept };
}

export const newHandle = (view: ActionView, value: Json): NewHandle => ({
  value,
  seen: allocationOf(view).handle,
});

/** @throws Error when the action has no allocation */
export function allocationOf(view: ActionView): AllocationView {
  if (view.allocation === null)
    throw new Error(`worker: action ${view.id} in ${view.state} has no allocation`);
  return view.allocation;
}
