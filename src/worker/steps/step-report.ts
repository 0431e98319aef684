import { NEVER_RUNS } from '../../vercel/deployment/deployment-ended.js';
import type { DeploymentAnswer, ReportAnswer } from '../../vercel/gateway.js';
import { REPORT_FAILED_FOR_MS, type SuccessReport } from '../values/run-memory.js';
import {
  callSubject,
  deadlineMsOf,
  type RunState,
  type StepInput,
  type StepOutput,
} from '../values/step-input.js';
import type { StepResult } from '../values/step-result.js';
import type { StepPorts } from '../ports/step-ports.js';
import { send, withAnswer } from '../reports/send-report.js';
import { installationRemoved } from './abandoned.js';
import { skipText } from './deployment-rules.js';

/**
 * Reports `succeeded` to Vercel, with the secrets. The verdict is already committed, so the report is
 * repeated until Vercel accepts or refuses it. Every repetition is identical, so an earlier one that arrived
 * does no harm.
 */
export async function reportSucceeded(input: StepInput<'reporting'>, ports: StepPorts): Promise<StepOutput> {
  const toReport = whatToReport(input);
  const { text: statusText, secrets } = toReport;
  const message = { status: 'succeeded', statusText, secrets: { ...secrets } } as const;
  const answer = await send(input, ports, message, input.signals.step);
  const memory = withAnswer({ ...input.memory, toReport }, answer);
  return { result: await successResult({ ...input, memory }, ports, answer), memory };
}

/** An action without a hold was skipped: its text is the same for every worker. */
function whatToReport({ view, memory }: StepInput<'reporting'>): SuccessReport {
  if (memory.toReport !== null) return memory.toReport;
  if (view.hold !== null) throw new Error(`worker: action ${view.id} has nothing to report`);
  return { text: skipText(view.environment), secrets: {} };
}

async function successResult(
  input: StepInput<'reporting'>,
  ports: StepPorts,
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
        ? afterUnknown(input, ports, answer.message)
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
 * Decides after a refusal when an earlier copy may have arrived. Reporting a success as failed could remove a
 * live deployment's resource. `integrations.status` covers all actions, so only `ready` counts as accepted. A
 * failed deployment counts as refused, because it never runs.
 */
async function afterUnknown(
  input: StepInput<'reporting'>,
  ports: StepPorts,
  refusal: string,
): Promise<StepResult> {
  const { view, access, signals } = input;
  if (access.token === null) return { kind: 'later', text: refusal, retryAfterMs: null };
  const { installationId, deploymentId } = view;
  const call = { token: access.token, installationId, deploymentId, about: callSubject(input) };
  return afterLookup(await ports.gateway.getDeployment(call, signals.step), refusal);
}

/** `absent` proves nothing: another team's token gets the same answer. */
function afterLookup(answer: DeploymentAnswer, refusal: string): StepResult {
  if (answer.kind === 'gone') return { kind: 'abandoned', reason: 'deployment-gone', text: answer.message };
  const known = answer.kind === 'found' ? answer.deployment : null;
  if (known?.integrationsStatus === 'ready') return { kind: 'accepted' };
  if (NEVER_RUNS.includes(known?.readyState ?? ''))
    return { kind: 'refused', reason: 'deployment-settled', text: refusal };
  return { kind: 'later', text: `${refusal} (an earlier report may have been accepted)`, retryAfterMs: null };
}

/**
 * Reports `failed` with the reason. Stops when Vercel refuses, or REPORT_FAILED_FOR_MS after the deadline.
 * Sends no report for a deployment that has ended: Vercel no longer waits, and may have accepted `succeeded`.
 */
export async function reportFailed(input: StepInput<'failing'>, ports: StepPorts): Promise<StepOutput> {
  const { view } = input;
  if (view.reason === 'deployment-settled')
    return { result: { kind: 'failure-reported', report: 'none' }, memory: input.memory };
  const message = { status: 'failed', statusText: failureTextOf(view) } as const;
  const answer = await send(input, ports, message, input.signals.step);
  const memory = withAnswer(input.memory, answer);
  return { result: failureResult({ ...input, memory }, ports, answer), memory };
}

const failureTextOf = ({ failureText }: StepInput['view']): string => failureText ?? 'failed';

function failureResult(
  { view, memory, signals }: StepInput<'failing'>,
  { clock }: StepPorts,
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

function withoutToken({ view, access }: RunState): StepResult {
  const { installationId } = view;
  if (access.removed) return installationRemoved(view);
  const text =
    access.problem ?? `installation ${installationId} has no access token: its report waits for one`;
  return { kind: 'later', text, retryAfterMs: null };
}
