import type { NewHandle } from '../../action/updates/guarded-update.js';
import type { ActionView, AllocationView } from '../../action/claims/action-view.js';
import type { DeprovisionRequest, Json, Pending, ProvisionRequest } from '../../provisioner/provisioner.js';
import { pluginLog } from '../plugin-call/plugin-log.js';
import type { RunState } from '../run/step-input.js';
import type { ResultOf } from '../run/step-result.js';
import type { Tools } from '../ports/tools.js';
import { pluginDeployment } from './deployment-fields.js';

/** What both verbs get. The resource's settings are empty when the resource is no longer known. */
export function pluginRequest(
  { view, access }: RunState,
  tools: Tools,
  signal: AbortSignal,
): DeprovisionRequest {
  const allocation = allocationOf(view);
  return {
    key: allocation.key,
    // Copies: a later call does not see what a plugin does to them.
    handle: structuredClone(allocation.handle) as Json,
    resource: { id: view.resourceId, settings: structuredClone(access.resource?.settings ?? {}) },
    installationId: view.installationId,
    derive: (label) => tools.derive(allocation, label),
    signal,
    log: pluginLog({ view }, tools),
  };
}

export function provisionRequest(run: RunState, tools: Tools, signal: AbortSignal): ProvisionRequest {
  const { view } = run;
  return {
    ...pluginRequest(run, tools, signal),
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
