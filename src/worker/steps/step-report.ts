import { logEvent } from '../../log/log.js';
import { NEVER_RUNS } from '../../vercel/deployment/deployment-ended.js';
import type { ActionReport, DeploymentAnswer, ReportAnswer } from '../../vercel/gateway.js';
import type { RunMemory, SuccessReport } from '../run/run-memory.js';
import {
  callSubject,
  deadlineMsOf,
  deadlineSignal,
  type Advanced,
  type RunState,
  type StepInput,
} from '../run/step-input.js';
import type { StepSignals } from '../run/signals.js';
import type { StepResult } from '../run/step-result.js';
import type { Tools } from '../ports/tools.js';
import { REPORT_FAILED_FOR_MS } from '../run/wait.js';
import { installationRemoved } from './abandoned.js';
import { skipText } from './deployment-rules.js';

/**
 * Reports `succeeded` to Vercel, with the secrets. The verdict is already committed; the report is repeated
 * until Vercel accepts it or refuses it for good. A repeat says exactly the same, so it does no harm when an
 * earlier one arrived.
 */
export async function reportSucceeded(input: StepInput<'reporting'>, tools: Tools): Promise<Advanced> {
  const toReport = whatToReport(input);
  const { text: statusText, secrets } = toReport;
  const message = { status: 'succeeded', statusText, secrets: { ...secrets } } as const;
  const answer = await send(input, tools, message, input.signals.step);
  const memory = withAnswer({ ...input.memory, toReport }, answer);
  return { result: await successResult({ ...input, memory }, tools, answer), memory };
}

/** An action that holds nothing was skipped: its text is the same for every worker. */
function whatToReport({ view, memory }: StepInput<'reporting'>): SuccessReport {
  if (memory.toReport !== null) return memory.toReport;
  if (view.hold !== null) throw new Error(`worker: action ${view.id} has nothing to report`);
  return { text: skipText(view.environment), secrets: {} };
}

async function successResult(
  input: StepInput<'reporting'>,
  tools: Tools,
  answer: ReportAnswer | null,
): Promise<StepResult> {
  if (answer === null) return withoutToken(input);
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'accepted' };
    case 'gone':
      return { kind: 'abandoned', reason: 'deployment-gone', text: answer.message };
    case 'refused':
      return input.memory.reportUnknown
        ? afterUnknown(input, tools, answer.message)
        : { kind: 'refused', text: answer.message };
    case 'unauthorized':
      return { kind: 'later', text: answer.message, retryAfterMs: null };
    case 'later':
      return input.signals.interruption
        ? { kind: 'interrupted' }
        : { kind: 'later', text: answer.message, retryAfterMs: answer.retryAfterMs };
    default:
      return answer satisfies never;
  }
}

/**
 * Vercel refuses a report of which an earlier copy may have arrived. Only what Vercel knows decides: to call
 * a success a failure now could remove a live deployment's resource. `integrations.status` speaks of all
 * actions together, so only `ready` decides; and a deployment that itself failed decides, for nothing lives
 * on its resources.
 */
async function afterUnknown(
  input: StepInput<'reporting'>,
  tools: Tools,
  refusal: string,
): Promise<StepResult> {
  const { view, access, signals } = input;
  if (access.token === null) return { kind: 'later', text: refusal, retryAfterMs: null };
  const { installationId, deploymentId } = view;
  const call = { token: access.token, installationId, deploymentId, about: callSubject(input) };
  return afterLookup(await tools.gateway.getDeployment(call, signals.step), refusal);
}

/** `absent` is not believed here: another team's token gets the same answer while the deployment lives. */
function afterLookup(answer: DeploymentAnswer, refusal: string): StepResult {
  if (answer.kind === 'gone') return { kind: 'abandoned', reason: 'deployment-gone', text: answer.message };
  const known = answer.kind === 'found' ? answer.deployment : null;
  if (known?.integrationsStatus === 'ready') return { kind: 'accepted' };
  if (NEVER_RUNS.includes(known?.readyState ?? ''))
    return { kind: 'refused', reason: 'deployment-settled', text: refusal };
  return { kind: 'later', text: `${refusal} (an earlier report may have been accepted)`, retryAfterMs: null };
}

/**
 * Reports `failed` and why. Gives up when Vercel refuses, or has not answered until long after its own time
 * limit. A deployment that is settled gets no report: Vercel no longer waits, and may have accepted
 * `succeeded`.
 */
export async function reportFailed(input: StepInput<'failing'>, tools: Tools): Promise<Advanced> {
  const { view } = input;
  if (view.reason === 'deployment-settled')
    return { result: { kind: 'failure-reported', report: 'none' }, memory: input.memory };
  const message = { status: 'failed', statusText: failureTextOf(view) } as const;
  const answer = await send(input, tools, message, input.signals.step);
  const memory = withAnswer(input.memory, answer);
  return { result: failureResult({ ...input, memory }, tools, answer), memory };
}

const failureTextOf = ({ failureText }: StepInput['view']): string => failureText ?? 'failed';

function failureResult(
  { view, memory, signals }: StepInput<'failing'>,
  { clock }: Tools,
  answer: ReportAnswer | null,
): StepResult {
  if (answer?.kind === 'accepted') return { kind: 'failure-reported', report: 'accepted' };
  const givenUp = { kind: 'failure-reported', report: memory.reportUnknown ? 'unknown' : 'none' } as const;
  if (answer?.kind !== 'later' && answer?.kind !== 'unauthorized') return givenUp;
  if (signals.interruption) return { kind: 'interrupted' };
  if (deadlineMsOf(memory, clock) <= -REPORT_FAILED_FOR_MS) return givenUp;
  const retryAfterMs = answer.kind === 'later' ? answer.retryAfterMs : null;
  return { kind: 'later', text: failureTextOf(view), retryAfterMs };
}

/**
 * Reports `running` with a text, once per text. Lost progress does no harm, so the answer matters only where
 * it says that the deployment is gone.
 */
export async function reportProgress(
  run: RunState & { readonly signals: StepSignals },
  tools: Tools,
  statusText: string,
): Promise<RunMemory> {
  const { view, memory, signals } = run;
  if (memory.lastProgress === statusText) return memory;
  const signal = view.state === 'provisioning' ? deadlineSignal(run, tools.clock) : signals.step;
  const answer = await send(run, tools, { status: 'running', statusText }, signal);
  if (answer?.kind === 'refused') {
    const { id: actionId, deploymentId, installationId } = view;
    logEvent('progress-refused', { actionId, deploymentId, installationId, error: answer.message });
  }
  if (answer?.kind === 'gone') return { ...memory, deploymentGone: true };
  return answer?.kind === 'accepted' ? { ...memory, lastProgress: statusText } : memory;
}

/** Null without an access token. */
async function send(
  run: RunState,
  tools: Tools,
  message: ActionReport,
  signal: AbortSignal,
): Promise<ReportAnswer | null> {
  const { token } = run.access;
  if (token === null) return null;
  const { id, installationId, deploymentId, resourceId, action } = run.view;
  const call = { token, installationId, deploymentId, resourceId, action, about: callSubject(run) };
  const statusUrl = tools.statusUrl(id);
  return tools.gateway.updateAction(call, statusUrl === null ? message : { ...message, statusUrl }, signal);
}

const withAnswer = (memory: RunMemory, answer: ReportAnswer | null): RunMemory =>
  answer?.kind === 'later' && answer.executed === 'unknown' ? { ...memory, reportUnknown: true } : memory;

function withoutToken({ view, access }: RunState): StepResult {
  const { installationId } = view;
  if (access.removed) return installationRemoved(view);
  const text =
    access.problem ?? `installation ${installationId} has no access token: its report waits for one`;
  return { kind: 'later', text, retryAfterMs: null };
}
