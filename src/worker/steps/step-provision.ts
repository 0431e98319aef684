import type { NewHandle } from '../../action/updates/guarded-update.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { withPluginName } from '../../provisioner/plugin-error.js';
import type { DeprovisionRequest, Json, Pending, ProvisionRequest } from '../../provisioner/provisioner.js';
import { inPluginSpan } from '../../tracing/plugin-span.js';
import type { ActionRun } from '../run/action-run.js';
import type { StepResult } from '../run/step-result.js';
import { metered } from '../plugin-call/metered-call.js';
import { checkProvisioned } from '../plugin-call/plugin-answer.js';
import { callPlugin } from '../plugin-call/plugin-call.js';
import { pluginLog } from '../plugin-call/plugin-log.js';
import { tellingWhenSlow } from './slow-call.js';
import type { Tools } from '../run/tools.js';

/** Fewer milliseconds than this left: the deadline counts as passed. */
const LAST_MOMENT_MS = 5;

/** Calls `provision`; while `reporting` it does so again for the secrets, which are stored nowhere. */
export async function provision(errand: ActionRun, tools: Tools): Promise<StepResult> {
  const { view } = errand;
  const timed = view.state === 'provisioning';
  if (timed && errand.deadlineMs <= LAST_MOMENT_MS) return late(errand, 'settled');
  const made = tools.provisioners.madeWith(view.action, allocationOf(view).options);
  if (!made.ok) return timed ? failNow(made.message) : afterVerdict(errand, made.message);
  const signal = timed ? errand.timedSignal : errand.signal;
  const call = (limited: AbortSignal) => made.provisioner.provision(requestOf(errand, tools, limited));
  const calling = inPluginSpan(called('provision', errand, tools), () =>
    callPlugin(call, signal, checkProvisioned, errand.callMs),
  );
  const result = await tellingWhenSlow(errand, tools, metered('provision', errand, tools, calling));
  switch (result.kind) {
    case 'answered':
      return answered(errand, result.answer);
    case 'permanent':
      return timed ? failNow(result.message) : afterVerdict(errand, result.message);
    case 'broke':
      return misbehaved(errand, `${made.plugin} broke its contract: ${result.message}`);
    case 'threw':
      return {
        kind: 'later',
        text: withPluginName(made.plugin, result.message),
        retryAfterMs: null,
        call: 'stray',
      };
    case 'aborted':
      return errand.interruption
        ? { kind: 'interrupted', call: 'stray' }
        : late(errand, 'stray', unanswered(made.plugin, result.heeded));
    default:
      return result satisfies never;
  }
}

function misbehaved(errand: ActionRun, text: string): StepResult {
  return errand.view.state === 'provisioning'
    ? { kind: 'fail', reason: 'misbehaved', text, call: 'settled' }
    : afterVerdict(errand, text);
}

const unanswered = (plugin: string, heeded: boolean): string =>
  `${plugin} had not answered${heeded ? '' : ' and ignored its signal'}`;

function answered(
  { view }: ActionRun,
  answer: Exclude<ReturnType<typeof checkProvisioned>, string>,
): StepResult {
  if (answer.status === 'pending') return pendingOf(view, answer);
  const { handle, secrets = {}, message = null } = answer;
  return { kind: 'ready', handle: newHandle(view, handle), secrets: { ...secrets }, message };
}

export function pendingOf(view: ActionView, { handle, message, retryAfterMs }: Pending): StepResult {
  return {
    kind: 'pending',
    message,
    retryAfterMs,
    ...(handle === undefined ? {} : { handle: newHandle(view, handle) }),
  };
}

const newHandle = (view: ActionView, value: Json): NewHandle => ({ value, seen: allocationOf(view).handle });

function late({ view }: ActionRun, call: 'settled' | 'stray', unanswered?: string): StepResult {
  const before =
    view.statusText === null || unanswered === undefined
      ? view.statusText
      : `before that: ${view.statusText}`;
  const why = [unanswered, before].filter((text) => typeof text === 'string').join('; ');
  const text = `not ready before the deadline${why === '' ? '' : `: ${why}`}`;
  return { kind: 'fail', reason: 'deadline', text, call };
}

function failNow(text: string): StepResult {
  return { kind: 'fail', reason: 'permanent', text, call: 'settled' };
}

/** The secrets cannot be had again. Where Vercel may have heard `succeeded`, the deployment may live on what is there: it stays. */
function afterVerdict({ reportUnknown }: ActionRun, text: string): StepResult {
  if (!reportUnknown) return { kind: 'refused', text, call: 'settled' };
  return { kind: 'later', text, retryAfterMs: null, call: 'settled' };
}

/** For the trace: the provisioner goes by its name in actions.yaml. */
export function called(verb: 'provision' | 'deprovision', { view }: ActionRun, tools: Tools) {
  const provisioner = tools.actions.get(view.action)?.provisioner ?? view.action;
  return { provisioner, verb, key: allocationOf(view).key, actionId: view.id };
}

function requestOf(errand: ActionRun, tools: Tools, signal: AbortSignal): ProvisionRequest {
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
export function baseRequest(
  { view, access }: ActionRun,
  tools: Tools,
  signal: AbortSignal,
): DeprovisionRequest {
  const allocation = allocationOf(view);
  return {
    key: allocation.key,
    // Copies: what a plugin does to them is seen by no later call.
    handle: structuredClone(allocation.handle) as Json,
    resource: { id: view.resourceId, settings: structuredClone(access.resource?.settings ?? {}) },
    installationId: view.installationId,
    derive: (label) => tools.derive(allocation, label),
    signal,
    log: pluginLog({ view }, tools),
  };
}

export function allocationOf(view: ActionView) {
  if (view.allocation === null)
    throw new Error(`worker: action ${view.id} in ${view.state} has no allocation`);
  return view.allocation;
}
