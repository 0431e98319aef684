import { logEvent as log } from '../../log/log.js';
import { releaseText } from '../../state-machine/release-reasons.js';
import type { ActionReport, ReportAnswer } from '../../vercel/gateway.js';
import type { ActionRun } from '../run/action-run.js';
import type { StepResult } from '../run/step-result.js';
import { skipText } from './serving.js';
import type { Tools } from '../run/tools.js';
import { verdictOf } from '../../action/verdict.js';

/** States of a deployment that never runs. */
const NEVER_RUNS = ['ERROR', 'CANCELED'];
/** How long after the deadline `failed` is still offered to a Vercel that does not answer. */
export const TELL_FAILED_FOR_MS = 60_000;

/**
 * Tells Vercel `succeeded`, with the secrets. The verdict is already committed; this goes on until Vercel accepts or refuses for
 * good. A repeat says exactly the same, so it does no harm when an earlier one got through.
 */
export async function report(errand: ActionRun, tools: Tools): Promise<StepResult> {
  const { view } = errand;
  if (view.hold === null) errand.due ??= { text: skipText(view.environment), secrets: {} };
  const { due } = errand;
  if (due === null) throw new Error(`worker: action ${view.id} has nothing to report`);
  const answer = await tell(errand, tools, {
    status: 'succeeded',
    statusText: due.text,
    secrets: due.secrets,
  });
  if (answer === null) return withoutToken(errand);
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'accepted' };
    case 'gone':
      return { kind: 'abandoned', reason: 'deployment-gone', text: answer.message };
    case 'refused':
      return errand.reportUnknown
        ? afterUnknown(errand, tools, answer.message)
        : { kind: 'refused', text: answer.message };
    case 'unauthorized':
      return { kind: 'later', text: answer.message, retryAfterMs: null };
    case 'later':
      errand.reportUnknown ||= answer.executed === 'unknown';
      return errand.interruption
        ? { kind: 'interrupted' }
        : { kind: 'later', text: answer.message, retryAfterMs: answer.retryAfterMs };
    default:
      return answer satisfies never;
  }
}

/**
 * Vercel refuses a report of which an earlier copy may have got through. Only what Vercel knows decides: calling a success a
 * failure now could take a live deployment's resource away. What it says of the integrations speaks of all actions together: `ready` alone
 * decides, and that the deployment itself has failed, for then nothing lives on what was made.
 */
async function afterUnknown(errand: ActionRun, tools: Tools, refusal: string): Promise<StepResult> {
  const { view, access } = errand;
  if (access.token === null) return { kind: 'later', text: refusal, retryAfterMs: null };
  const { installationId, deploymentId } = view;
  const answer = await tools.gateway.getDeployment(
    { token: access.token, installationId, deploymentId, about: errand.about },
    errand.signal,
  );
  // `absent` is not believed here: another team's token gets the same answer while the deployment lives.
  if (answer.kind === 'gone') return { kind: 'abandoned', reason: 'deployment-gone', text: answer.message };
  const known = answer.kind === 'found' ? answer.deployment : null;
  if (known?.integrationsStatus === 'ready') return { kind: 'accepted' };
  if (NEVER_RUNS.includes(known?.readyState ?? ''))
    return { kind: 'refused', reason: 'deployment-settled', text: refusal };
  return { kind: 'later', text: `${refusal} (an earlier report may have been accepted)`, retryAfterMs: null };
}

/**
 * Reports `failed` and why; given up when Vercel refuses, or has not answered until long after its own time limit. A deployment that
 * is settled hears nothing: Vercel no longer waits, and may have `succeeded` of it.
 */
export async function tellFailed(errand: ActionRun, tools: Tools): Promise<StepResult> {
  const { view } = errand;
  if (view.reason === 'deployment-settled') return { kind: 'told', report: 'none' };
  const answer = await tell(errand, tools, { status: 'failed', statusText: verdictOf(view.statusText) });
  if (answer?.kind === 'accepted') return { kind: 'told', report: 'accepted' };
  if (answer?.kind === 'later') errand.reportUnknown ||= answer.executed === 'unknown';
  const givenUp: StepResult = { kind: 'told', report: errand.reportUnknown ? 'unknown' : 'none' };
  if (answer === null || (answer.kind !== 'later' && answer.kind !== 'unauthorized')) return givenUp;
  if (errand.interruption) return { kind: 'interrupted' };
  if (errand.deadlineMs <= -TELL_FAILED_FOR_MS) return givenUp;
  return {
    kind: 'later',
    text: verdictOf(view.statusText),
    retryAfterMs: answer.kind === 'later' ? answer.retryAfterMs : null,
  };
}

/** Tells Vercel `running` with a text, once per text. Only `gone` matters to the caller: progress may get lost. */
export async function tellRunning(
  errand: ActionRun,
  tools: Tools,
  statusText: string,
): Promise<'gone' | 'told'> {
  if (errand.lastRunning === statusText) return 'told';
  const signal = errand.view.state === 'provisioning' ? errand.timedSignal : errand.signal;
  const answer = await tell(errand, tools, { status: 'running', statusText }, signal);
  if (answer?.kind === 'accepted') errand.lastRunning = statusText;
  if (answer?.kind === 'refused') {
    const { id: actionId, deploymentId, installationId } = errand.view;
    log('progress-refused', { actionId, deploymentId, installationId, error: answer.message });
  }
  return answer?.kind === 'gone' ? 'gone' : 'told';
}

async function tell(
  errand: ActionRun,
  tools: Tools,
  message: ActionReport,
  signal = errand.signal,
): Promise<ReportAnswer | null> {
  const { view, access } = errand;
  if (access.token === null) return null;
  const { installationId, deploymentId, resourceId, action } = view;
  const { about } = errand;
  const call = { token: access.token, installationId, deploymentId, resourceId, action, about };
  const statusUrl = tools.statusUrl(view.id);
  return tools.gateway.updateAction(call, statusUrl === null ? message : { ...message, statusUrl }, signal);
}

function withoutToken({ view, access }: ActionRun): StepResult {
  const { installationId } = view;
  if (access.removed)
    return {
      kind: 'abandoned',
      reason: 'installation-removed',
      text: releaseText('installation-removed', view),
    };
  const text =
    access.problem ?? `installation ${installationId} has no access token: its report waits for one`;
  return { kind: 'later', text, retryAfterMs: null };
}
