import type { FailReason } from '../../state-machine/action-state.js';
import type { ActionView } from '../../action/claims/action-view.js';
import type { ActionDefinition } from '../../config/actions-file/action-definition.js';
import type { AccessResource } from '../../installation/installation-access.js';
import type { VercelDeployment } from '../../vercel/deployment/deployment-reader.js';
import { endedAs } from '../../vercel/deployment/deployment-ended.js';
import type { DeploymentAnswer } from '../../vercel/gateway.js';
import {
  callSubject,
  deadlineMsOf,
  deadlineSignal,
  type StepOutput,
  type StepInput,
} from '../values/step-input.js';
import type { StepResult } from '../values/step-result.js';
import type { StepPorts } from '../ports/step-ports.js';
import { deploymentGone, installationRemoved } from './abandoned.js';
import { actionDeployment } from './deployment-fields.js';
import { identityOf } from './identity.js';
import { declined } from './deployment-rules.js';

type QueuedInput = StepInput<'queued'>;

/** What a start needs besides Vercel's answer. */
interface Startable {
  readonly definition: ActionDefinition;
  readonly token: string;
  readonly resource: AccessResource;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Age up to which Vercel may not find a new deployment yet. A token that is stored meanwhile also helps. */
const NEW_MS = 30_000;

/** Checks that the action can be served, and reads its deployment from Vercel. */
export async function advanceQueued(input: QueuedInput, ports: StepPorts): Promise<StepOutput> {
  const checked = startable(input, ports);
  if ('kind' in checked) return { result: checked, memory: input.memory };
  const answer = await ask(input, checked.token, ports);
  const memory = { ...input.memory, prefetch: null };
  const result = input.signals.interruption
    ? ({ kind: 'interrupted' } as const)
    : answered(input, ports, checked, answer);
  return { result, memory };
}

function startable({ view, access, memory }: QueuedInput, ports: StepPorts): Startable | StepResult {
  if (deadlineMsOf(memory, ports.clock) <= 0) return fail('deadline', tooLate(view.progressText));
  if (view.strayMs > 0) return quieting(view.strayMs);
  const definition = ports.actions.get(view.action);
  if (!definition) return fail('undeclared-action', undeclared(view.action, ports));
  const { token, resource } = access;
  if (access.removed) return installationRemoved(view);
  if (token === null) return fail('no-token', access.problem ?? noToken(view.installationId));
  if (!resource) return fail('unknown-resource', unknownResource(view.resourceId));
  const made = ports.provisioners.for(view.action, resource.settings);
  if (!made.ok) return fail('permanent', made.message);
  return { definition, token, resource, options: made.options };
}

function ask(input: QueuedInput, token: string, { gateway, clock }: StepPorts): Promise<DeploymentAnswer> {
  const signal = deadlineSignal(input, clock);
  const { prefetch } = input.memory;
  if (prefetch) return prefetch.answer(signal);
  const { installationId, deploymentId } = input.view;
  return gateway.getDeployment({ token, installationId, deploymentId, about: callSubject(input) }, signal);
}

function answered(
  input: QueuedInput,
  ports: StepPorts,
  checked: Startable,
  answer: DeploymentAnswer,
): StepResult {
  switch (answer.kind) {
    case 'found':
      return start(input.view, checked, answer.deployment);
    case 'unreadable':
      return start(input.view, checked, null);
    case 'gone':
      return deploymentGone(input.view);
    case 'absent':
      return absent(input, ports, checked, answer.message);
    case 'later':
      return askAgain(input, ports, answer.message, answer.retryAfterMs);
    default:
      return answer satisfies never;
  }
}

/** `found` is null when the token may not read the deployment. */
function start(
  view: ActionView,
  { definition, resource, options }: Startable,
  found: VercelDeployment | null,
): StepResult {
  const refusal = settled(view, found) ?? declined(definition, found);
  if (refusal !== null) return refusal;
  // The resource's first installation: a transfer changes no key.
  const subject = { ...view, installationId: resource.origin };
  return {
    kind: 'begin',
    deployment: actionDeployment(found),
    options,
    ...identityOf(subject, definition, found),
  };
}

/** Fails the action of a deployment that no longer waits: nothing would use the resource. */
function settled({ failureReport }: ActionView, found: VercelDeployment | null): StepResult | null {
  const as = found && endedAs(found, failureReport !== null);
  if (as === null) return null;
  return fail('deployment-settled', `vercel: deployment ${found?.id} is settled (${as}); redeploy it`);
}

function absent(
  input: QueuedInput,
  ports: StepPorts,
  { definition }: Startable,
  message: string,
): StepResult {
  const age = definition.deadlineMs - deadlineMsOf(input.memory, ports.clock);
  return age < Math.min(NEW_MS, definition.deadlineMs / 2)
    ? askAgain(input, ports, message, null)
    : fail('deployment-not-found', notFound(message, input.view.installationId));
}

function askAgain(
  { memory }: QueuedInput,
  { clock }: StepPorts,
  text: string,
  retryAfterMs: number | null,
): StepResult {
  if (deadlineMsOf(memory, clock) <= 0)
    return fail('deadline', tooLate('vercel did not say which deployment it is'));
  return { kind: 'later', text, retryAfterMs };
}

const fail = (reason: FailReason, text: string): StepResult => ({ kind: 'fail', reason, text });

/** The stray mark in the row belongs to the former allocation; a new mark must not replace it. */
const quieting = (retryAfterMs: number): StepResult => ({
  kind: 'quieting',
  text: 'waiting until no interrupted call can have an effect',
  retryAfterMs,
});

function tooLate(progress: string | null): string {
  return progress === null
    ? 'the webhook came after the deadline had passed'
    : `not begun before the deadline: ${progress}`;
}

function undeclared(action: string, ports: StepPorts): string {
  const declared = [...ports.actions.keys()].join(', ');
  return `action "${action}" is not set up on the provider's side (it offers: ${declared}); remove it from the project's connection or contact the provider`;
}

function noToken(installationId: string): string {
  return `installation ${installationId} has no access token here; reinstall the integration or contact the provider`;
}

function notFound(message: string, installationId: string): string {
  return `${message}; the access token of installation ${installationId} may be another team's: put the present one and redeploy`;
}

function unknownResource(resourceId: string): string {
  return `resource "${resourceId}" is not known to the provider; reconnect it to the project or contact the provider`;
}
