import type { FailReason } from '../../state-machine/action-state.js';
import { releaseText } from '../../state-machine/release-reasons.js';
import type { ActionView } from '../../action/claims/action-view.js';
import type { ActionDefinition } from '../../config/actions-file/action-definition.js';
import type { DeploymentFacts as Found } from '../../vercel/deployment/deployment-reader.js';
import { settledAs } from '../../vercel/deployment/deployment-settled.js';
import type { DeploymentAnswer } from '../../vercel/gateway.js';
import type { ActionRun } from '../run/action-run.js';
import { identityOf } from './identity.js';
import type { StepResult } from '../run/step-result.js';
import { declined, factsOf } from './serving.js';
import type { Tools } from '../run/tools.js';

/** A deployment this new may not be known everywhere at Vercel; a token that is put meanwhile still helps. */
const NEW_MS = 30_000;

/** Checks that the action can be served at all, and asks Vercel which deployment it is for. */
export async function advanceQueued(errand: ActionRun, tools: Tools): Promise<StepResult> {
  const { view, access } = errand;
  if (errand.deadlineMs <= 0) return fail('deadline', tooLate(view.statusText));
  if (view.strayMs > 0) return quieting(view.strayMs);
  const definition = tools.actions.get(view.action);
  if (!definition) return fail('undeclared-action', undeclared(view.action, tools));
  if (access.removed) {
    return {
      kind: 'abandoned',
      reason: 'installation-removed',
      text: releaseText('installation-removed', view),
    };
  }
  if (access.token === null) return fail('no-token', access.problem ?? noToken(view.installationId));
  if (!access.resource) return fail('unknown-resource', unknownResource(view.resourceId));
  const made = tools.provisioners.for(view.action, access.resource.settings);
  if (!made.ok) return fail('permanent', made.message);
  const answer = await ask(errand, access.token, tools);
  if (errand.interruption) return { kind: 'interrupted' };
  switch (answer.kind) {
    case 'found':
    case 'unreadable': {
      const found = answer.kind === 'found' ? answer.deployment : null;
      const { origin } = access.resource;
      return (
        settled(view, found) ??
        declined(definition, found) ??
        begin(errand, origin, definition, made.options, found)
      );
    }
    case 'gone':
      return {
        kind: 'abandoned',
        reason: 'deployment-gone',
        text: releaseText('deployment-gone', view),
      };
    case 'absent':
      return definition.deadlineMs - errand.deadlineMs < Math.min(NEW_MS, definition.deadlineMs / 2)
        ? askAgain(errand, answer.message, null)
        : fail('deployment-not-found', notFound(answer.message, view.installationId));
    case 'later':
      return askAgain(errand, answer.message, answer.retryAfterMs);
    default:
      return answer satisfies never;
  }
}

function askAgain(errand: ActionRun, text: string, retryAfterMs: number | null): StepResult {
  if (errand.deadlineMs <= 0) return fail('deadline', tooLate('vercel did not say which deployment it is'));
  return { kind: 'later', text, retryAfterMs };
}

function ask(errand: ActionRun, token: string, tools: Tools): Promise<DeploymentAnswer> {
  const { about, ahead, timedSignal: signal, view } = errand;
  errand.ahead = null;
  if (ahead) return ahead.answer(signal);
  const { installationId, deploymentId } = view;
  return tools.gateway.getDeployment({ token, installationId, deploymentId, about }, signal);
}

function begin(
  { view }: ActionRun,
  /** Under which installation the resource came to us: a transfer changes no key. */
  installationId: string,
  definition: ActionDefinition,
  options: Readonly<Record<string, unknown>>,
  found: Found | null,
): StepResult {
  const subject = { ...view, installationId };
  return { kind: 'begin', facts: factsOf(found), options, ...identityOf(subject, definition, found) };
}

/** Nothing is made for a deployment that Vercel holds back for no action any more: it would never be used. */
function settled({ failureReport }: ActionView, found: Found | null): StepResult | null {
  const as = found && settledAs(found, failureReport !== null);
  if (as === null) return null;
  return fail('deployment-settled', `vercel: deployment ${found?.id} is settled (${as}); redeploy it`);
}

function fail(reason: FailReason, text: string): StepResult {
  return { kind: 'fail', reason, text };
}

/** Its mark belongs to the allocation it held before; a new one must not take its place too early. */
function quieting(retryAfterMs: number): StepResult {
  return { kind: 'quieting', text: 'waiting until no interrupted call can have an effect', retryAfterMs };
}

function tooLate(progress: string | null): string {
  return progress === null
    ? 'the webhook came after the deadline had passed'
    : `not begun before the deadline: ${progress}`;
}

function undeclared(action: string, tools: Tools): string {
  const declared = [...tools.actions.keys()].join(', ');
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
