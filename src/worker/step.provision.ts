import type { ActionView } from '../action/action.view.js';
import type { DeprovisionRequest, Json, ProvisionRequest } from '../provisioner/provisioner.js';
import type { Errand } from './errand.js';
import type { Outcome } from './outcome.js';
import { callPlugin, checkProvisioned } from './plugin.call.js';
import type { Tools } from './tools.js';

/** Fewer milliseconds than this left: the deadline counts as passed. */
const LAST_MOMENT_MS = 5;

/** Calls `provision`; while `reporting` it does so again for the secrets, which are stored nowhere. */
export async function provision(errand: Errand, tools: Tools): Promise<Outcome> {
  const { view } = errand;
  const timed = view.state === 'provisioning';
  if (timed && errand.deadlineMs <= LAST_MOMENT_MS) return late(errand, 'settled');
  const made = tools.provisioners.madeWith(view.action, allocationOf(view).options);
  if (!made.ok) return timed ? failNow(made.message) : afterVerdict(errand, made.message);
  const signal = timed ? withDeadline(errand) : errand.signal;
  const call = (limited: AbortSignal) => made.provisioner.provision(requestOf(errand, tools, limited));
  const result = await callPlugin(call, signal, checkProvisioned, errand.callMs);
  switch (result.kind) {
    case 'answered':
      return answered(result.answer);
    case 'permanent':
      return timed
        ? { kind: 'fail', reason: 'permanent', text: result.message, call: 'settled' }
        : afterVerdict(errand, result.message);
    case 'broke':
      return timed
        ? { kind: 'fail', reason: 'misbehaved', text: `provisioner: ${result.message}`, call: 'settled' }
        : afterVerdict(errand, result.message);
    case 'threw':
      return { kind: 'later', text: result.message, retryAfterMs: null, call: 'stray' };
    case 'aborted':
      return errand.interruption ? { kind: 'interrupted', call: 'stray' } : late(errand, 'stray');
    default:
      return result satisfies never;
  }
}

function answered(answer: Exclude<ReturnType<typeof checkProvisioned>, string>): Outcome {
  if (answer.status === 'ready') {
    const { handle, secrets = {}, message = null } = answer;
    return { kind: 'ready', handle, secrets: { ...secrets }, message };
  }
  const { handle, message, retryAfterMs } = answer;
  return {
    kind: 'pending',
    message,
    retryAfterMs,
    ...(handle === undefined ? {} : { handle: { value: handle } }),
  };
}

function late({ view }: Errand, call: 'settled' | 'stray'): Outcome {
  const progress = view.statusText === null ? '' : `: ${view.statusText}`;
  return { kind: 'fail', reason: 'deadline', text: `not ready before the deadline${progress}`, call };
}

function failNow(text: string): Outcome {
  return { kind: 'fail', reason: 'permanent', text, call: 'settled' };
}

/** The secrets cannot be had again. Where Vercel may have heard `succeeded`, the deployment may live on what is there: it stays. */
function afterVerdict({ reportUnknown }: Errand, text: string): Outcome {
  if (!reportUnknown) return { kind: 'refused', text, call: 'settled' };
  return { kind: 'later', text, retryAfterMs: null, call: 'settled' };
}

function withDeadline(errand: Errand): AbortSignal {
  const { deadlineMs } = errand;
  if (deadlineMs === Infinity) return errand.signal;
  return AbortSignal.any([errand.signal, AbortSignal.timeout(Math.max(1, Math.ceil(deadlineMs)))]);
}

function requestOf(errand: Errand, tools: Tools, signal: AbortSignal): ProvisionRequest {
  const { view } = errand;
  return {
    ...baseRequest(errand, tools, signal),
    deployment: {
      id: view.deploymentId,
      url: view.deploymentUrl,
      target: view.target,
      projectId: view.projectId,
      projectName: view.projectName,
      gitRef: view.gitRef,
      gitSha: view.gitSha,
      pullRequest: view.pullRequest,
    },
  };
}

/** What both verbs get. The resource's settings are empty when the resource is no longer known. */
export function baseRequest({ view, access }: Errand, tools: Tools, signal: AbortSignal): DeprovisionRequest {
  const allocation = allocationOf(view);
  return {
    key: allocation.key,
    handle: allocation.handle as Json,
    resource: { id: view.resourceId, settings: access.resource?.settings ?? {} },
    installationId: view.installationId,
    derive: (label) => tools.derive(allocation, label),
    signal,
    log: (message, fields = {}) =>
      tools.log('info', message, { actionId: view.id, key: allocation.key, ...fields }),
  };
}

export function allocationOf(view: ActionView) {
  if (view.allocation === null)
    throw new Error(`worker: action ${view.id} in ${view.state} has no allocation`);
  return view.allocation;
}
