import { logEvent } from '../../log/log.js';
import type { ActionReport, ReportAnswer } from '../../vercel/gateway.js';
import type { StepPorts } from '../ports/step-ports.js';
import type { RunMemory } from '../values/run-memory.js';
import type { StepSignals } from '../values/signals.js';
import { callSubject, deadlineSignal, type RunState } from '../values/step-input.js';

/**
 * Reports `running`, once for each text. Lost progress does no harm: only the answer that the deployment is
 * gone has consequences.
 */
export async function reportProgress(
  run: RunState & { readonly signals: StepSignals },
  ports: StepPorts,
  statusText: string,
): Promise<RunMemory> {
  const { view, memory, signals } = run;
  if (memory.lastProgress === statusText) return memory;
  const signal = view.state === 'provisioning' ? deadlineSignal(run, ports.clock) : signals.step;
  const answer = await send(run, ports, { status: 'running', statusText }, signal);
  if (answer?.kind === 'refused') {
    const { id: actionId, deploymentId, installationId } = view;
    logEvent('progress-refused', { actionId, deploymentId, installationId, error: answer.message });
  }
  if (answer?.kind === 'gone') return { ...memory, deploymentGone: true };
  return answer?.kind === 'accepted' ? { ...memory, lastProgress: statusText } : memory;
}

/** Sends a report to Vercel. Returns null without an access token. */
export async function send(
  run: RunState,
  ports: StepPorts,
  message: ActionReport,
  signal: AbortSignal,
): Promise<ReportAnswer | null> {
  const { token } = run.access;
  if (token === null) return null;
  const { id, installationId, deploymentId, resourceId, action } = run.view;
  const call = { token, installationId, deploymentId, resourceId, action, about: callSubject(run) };
  const statusUrl = ports.statusUrl(id);
  return ports.gateway.updateAction(call, statusUrl === null ? message : { ...message, statusUrl }, signal);
}

/** Remembers a report that may have arrived without an answer. */
export const withAnswer = (memory: RunMemory, answer: ReportAnswer | null): RunMemory =>
  answer?.kind === 'later' && answer.executed === 'unknown' ? { ...memory, reportUnknown: true } : memory;
