import { describe, expect, it, vi } from 'vitest';
import { foundOf, holding, stepInputOf, stepPortsOf } from '../../../test/support/action-run.js';
import type { ActionView } from '../../action/claims/action-view.js';
import {
  missingOf,
  type DeploymentAbsent,
  type DeploymentGone,
} from '../../vercel/deployment/deployment-gone.js';
import type { DeploymentAnswer, ReportAnswer, VercelGateway } from '../../vercel/gateway.js';
import { SYSTEM_CLOCK } from '../ports/clock.js';
import { REPORT_FAILED_FOR_MS, type RunMemory } from '../values/run-memory.js';
import { skipText } from './deployment-rules.js';
import { reportFailed, reportSucceeded } from './step-report.js';

const ACCEPTED: ReportAnswer = { kind: 'accepted' };
const REFUSED: ReportAnswer = { kind: 'refused', status: 400, message: 'no such action', code: null };
const UNAUTHORIZED: ReportAnswer = { kind: 'unauthorized', status: 401, message: 'no' };
const GONE = missingOf(410, 'dpl_1', 'deployment_deleted', { message: 'deleted' }) as DeploymentGone;
const ABSENT = missingOf(404, 'dpl_1', 'not_found', { message: null }) as DeploymentAbsent;
const later = (executed: 'no' | 'unknown'): ReportAnswer => ({
  kind: 'later',
  status: 503,
  message: 'busy',
  retryAfterMs: 700,
  executed,
});

/** A Vercel that gives this answer to a report, and this one to the question about the deployment. */
function vercel(answer: ReportAnswer, found: DeploymentAnswer = { kind: 'found', deployment: foundOf() }) {
  const updateAction = vi.fn<VercelGateway['updateAction']>(async () => answer);
  const getDeployment = vi.fn<VercelGateway['getDeployment']>(async () => found);
  return { updateAction, getDeployment, ports: stepPortsOf({ gateway: { updateAction, getDeployment } }) };
}

const toReport = { text: 'one branch', secrets: { A: 'a' } };
const NO_TOKEN = { token: null };

describe('a report of `succeeded`', () => {
  it.each<[string, ReportAnswer, object, boolean]>([
    ['is accepted', ACCEPTED, { kind: 'accepted' }, false],
    [
      'finds the deployment gone',
      GONE,
      { kind: 'abandoned', reason: 'deployment-gone', text: GONE.message },
      false,
    ],
    ['is refused', REFUSED, { kind: 'refused', text: 'no such action' }, false],
    ['waits for another token', UNAUTHORIZED, { kind: 'later', text: 'no', retryAfterMs: null }, false],
    ['was not executed', later('no'), { kind: 'later', text: 'busy', retryAfterMs: 700 }, false],
    ['may have been executed', later('unknown'), { kind: 'later', text: 'busy', retryAfterMs: 700 }, true],
  ])('%s', async (_, answer, result, reportUnknown) => {
    const input = stepInputOf('reporting', holding(), { toReport });
    const { ports, updateAction } = vercel(answer);
    const advanced = await reportSucceeded(input, ports);
    expect(advanced.result).toEqual(result);
    expect(advanced.memory).toEqual({ ...input.memory, toReport, reportUnknown });
    const [call, message] = updateAction.mock.calls[0]!;
    expect(message).toEqual({ status: 'succeeded', statusText: 'one branch', secrets: { A: 'a' } });
    const { installationId, deploymentId, resourceId, action, id: actionId } = input.view;
    const about = { actionId, attempt: 1 };
    expect(call).toEqual({ token: 'token', installationId, deploymentId, resourceId, action, about });
  });

  it('of an action without a hold says that nothing was needed', async () => {
    const { ports, updateAction } = vercel(ACCEPTED);
    const { memory } = await reportSucceeded(stepInputOf('reporting', { environment: 'preview' }), ports);
    const text = skipText('preview');
    expect(updateAction.mock.calls[0]![1]).toEqual({ status: 'succeeded', statusText: text, secrets: {} });
    expect(memory.toReport).toEqual({ text, secrets: {} });
  });

  it('needs the secrets of an action with a hold', async () => {
    await expect(reportSucceeded(stepInputOf('reporting', holding()), stepPortsOf())).rejects.toThrow(
      'nothing to report',
    );
  });

  it.each<[object, object]>([
    [{ removed: true }, { kind: 'abandoned', reason: 'installation-removed' }],
    [{ problem: 'the key is gone' }, { kind: 'later', text: 'the key is gone', retryAfterMs: null }],
    [{}, { kind: 'later', text: expect.stringContaining('icfg_1') }],
  ])('is not sent without a token: %o', async (access, result) => {
    const { ports, updateAction } = vercel(ACCEPTED);
    const input = stepInputOf('reporting', holding(), { toReport }, { ...NO_TOKEN, ...access });
    expect((await reportSucceeded(input, ports)).result).toMatchObject(result);
    expect(updateAction).not.toHaveBeenCalled();
  });

  it('names the status page', async () => {
    const { ports, updateAction } = vercel(ACCEPTED);
    const input = stepInputOf('reporting', holding(), { toReport });
    await reportSucceeded(input, { ...ports, statusUrl: (id) => `https://x/${id}` });
    expect(updateAction.mock.calls[0]![1]).toMatchObject({ statusUrl: `https://x/${input.view.id}` });
  });

  it('that was interrupted does not blame Vercel', async () => {
    const input = stepInputOf('reporting', holding(), { toReport });
    input.signals.interrupt('moved');
    expect((await reportSucceeded(input, vercel(later('unknown')).ports)).result).toEqual({
      kind: 'interrupted',
    });
  });

  it.each<[string, DeploymentAnswer, object]>([
    ['ready', { kind: 'found', deployment: foundOf({ integrationsStatus: 'ready' }) }, { kind: 'accepted' }],
    [
      'canceled',
      { kind: 'found', deployment: foundOf({ readyState: 'CANCELED' }) },
      { kind: 'refused', reason: 'deployment-settled' },
    ],
    ['waiting', { kind: 'found', deployment: foundOf() }, { kind: 'later', retryAfterMs: null }],
    ['not readable', { kind: 'unreadable', status: 403, message: '' }, { kind: 'later' }],
    ['not known', ABSENT, { kind: 'later' }],
  ])('that is refused after a lost one asks about the deployment: %s', async (_, found, result) => {
    const { ports, getDeployment } = vercel(REFUSED, found);
    const input = stepInputOf('reporting', holding(), { toReport, reportUnknown: true });
    expect((await reportSucceeded(input, ports)).result).toMatchObject(result);
    const { installationId, deploymentId, id: actionId } = input.view;
    const call = { token: 'token', installationId, deploymentId, about: { actionId, attempt: 1 } };
    expect(getDeployment.mock.calls[0]![0]).toEqual(call);
  });
});

describe('a report of `failed`', () => {
  const report = (answer: ReportAnswer, view: Partial<ActionView> = {}, memory: Partial<RunMemory> = {}) => {
    const world = vercel(answer);
    const input = stepInputOf('failing', holding(view), memory);
    return { ...world, input, advanced: reportFailed(input, world.ports) };
  };
  const reported = (as: string) => ({ kind: 'failure-reported', report: as });
  const after = (ms: number) => ({ deadlineAt: SYSTEM_CLOCK.now() - ms });
  const unknown = { reportUnknown: true };

  it.each<[string, ReportAnswer, Partial<RunMemory>, object]>([
    ['is accepted', ACCEPTED, {}, reported('accepted')],
    ['is accepted after a lost one', ACCEPTED, unknown, reported('accepted')],
    ['is refused', REFUSED, {}, reported('none')],
    ['is refused after a lost one', REFUSED, unknown, reported('unknown')],
    ['finds the deployment gone', GONE, {}, reported('none')],
    ['is repeated', later('no'), {}, { kind: 'later', retryAfterMs: 700 }],
    ['waits for another token', UNAUTHORIZED, {}, { kind: 'later', retryAfterMs: null }],
    [
      'is repeated for a while after the deadline',
      later('no'),
      after(REPORT_FAILED_FOR_MS - 5_000),
      { kind: 'later' },
    ],
    ['is given up after that', later('no'), after(REPORT_FAILED_FOR_MS), reported('none')],
    [
      'is given up as one that may have arrived',
      later('unknown'),
      after(REPORT_FAILED_FOR_MS),
      reported('unknown'),
    ],
  ])('%s', async (_, answer, memory, result) => {
    const { advanced, updateAction } = report(answer, {}, memory);
    expect((await advanced).result).toMatchObject(result);
    expect(updateAction.mock.calls[0]![1]).toMatchObject({ status: 'failed' });
  });

  it('is not sent for a deployment that has ended', async () => {
    const { advanced, updateAction, input } = report(ACCEPTED, { reason: 'deployment-settled' });
    expect(await advanced).toEqual({ result: reported('none'), memory: input.memory });
    expect(updateAction).not.toHaveBeenCalled();
  });

  it('is abandoned without a token', async () => {
    const input = stepInputOf('failing', holding(), {}, NO_TOKEN);
    expect((await reportFailed(input, stepPortsOf())).result).toEqual(reported('none'));
  });

  it('that was interrupted is not repeated in this step', async () => {
    const input = stepInputOf('failing', holding());
    input.signals.interrupt('shutdown');
    expect((await reportFailed(input, vercel(later('no')).ports)).result).toEqual({ kind: 'interrupted' });
  });
});
