import { describe, expect, it, vi } from 'vitest';
import { foundOf, holding, stepInputOf, toolsOf } from '../../../test/support/action-run.js';
import { hearLog } from '../../../test/support/log.js';
import type { ActionView } from '../../action/claims/action-view.js';
import {
  missingOf,
  type DeploymentAbsent,
  type DeploymentGone,
} from '../../vercel/deployment/deployment-gone.js';
import type { DeploymentAnswer, ReportAnswer, VercelGateway } from '../../vercel/gateway.js';
import { SYSTEM_CLOCK } from '../ports/clock.js';
import type { RunMemory } from '../run/run-memory.js';
import { REPORT_FAILED_FOR_MS } from '../run/wait.js';
import { skipText } from './deployment-rules.js';
import { reportFailed, reportProgress, reportSucceeded } from './step-report.js';

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
  return { updateAction, getDeployment, tools: toolsOf({ gateway: { updateAction, getDeployment } }) };
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
    const { tools, updateAction } = vercel(answer);
    const advanced = await reportSucceeded(input, tools);
    expect(advanced.result).toEqual(result);
    expect(advanced.memory).toEqual({ ...input.memory, toReport, reportUnknown });
    const [call, message] = updateAction.mock.calls[0]!;
    expect(message).toEqual({ status: 'succeeded', statusText: 'one branch', secrets: { A: 'a' } });
    const { installationId, deploymentId, resourceId, action, id: actionId } = input.view;
    const about = { actionId, attempt: 1 };
    expect(call).toEqual({ token: 'token', installationId, deploymentId, resourceId, action, about });
  });

  it('of an action that holds nothing says that there was nothing to do', async () => {
    const { tools, updateAction } = vercel(ACCEPTED);
    const { memory } = await reportSucceeded(stepInputOf('reporting', { environment: 'preview' }), tools);
    const text = skipText('preview');
    expect(updateAction.mock.calls[0]![1]).toEqual({ status: 'succeeded', statusText: text, secrets: {} });
    expect(memory.toReport).toEqual({ text, secrets: {} });
  });

  it('needs the secrets of an action that holds something', async () => {
    await expect(reportSucceeded(stepInputOf('reporting', holding()), toolsOf())).rejects.toThrow(
      'nothing to report',
    );
  });

  it.each<[object, object]>([
    [{ removed: true }, { kind: 'abandoned', reason: 'installation-removed' }],
    [{ problem: 'the key is gone' }, { kind: 'later', text: 'the key is gone', retryAfterMs: null }],
    [{}, { kind: 'later', text: expect.stringContaining('icfg_1') }],
  ])('is not sent without a token: %o', async (access, result) => {
    const { tools, updateAction } = vercel(ACCEPTED);
    const input = stepInputOf('reporting', holding(), { toReport }, { ...NO_TOKEN, ...access });
    expect((await reportSucceeded(input, tools)).result).toMatchObject(result);
    expect(updateAction).not.toHaveBeenCalled();
  });

  it('names the status page', async () => {
    const { tools, updateAction } = vercel(ACCEPTED);
    const input = stepInputOf('reporting', holding(), { toReport });
    await reportSucceeded(input, { ...tools, statusUrl: (id) => `https://x/${id}` });
    expect(updateAction.mock.calls[0]![1]).toMatchObject({ statusUrl: `https://x/${input.view.id}` });
  });

  it('that was interrupted says nothing of Vercel', async () => {
    const input = stepInputOf('reporting', holding(), { toReport });
    input.signals.interrupt('moved');
    expect((await reportSucceeded(input, vercel(later('unknown')).tools)).result).toEqual({
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
    const { tools, getDeployment } = vercel(REFUSED, found);
    const input = stepInputOf('reporting', holding(), { toReport, reportUnknown: true });
    expect((await reportSucceeded(input, tools)).result).toMatchObject(result);
    const { installationId, deploymentId, id: actionId } = input.view;
    const call = { token: 'token', installationId, deploymentId, about: { actionId, attempt: 1 } };
    expect(getDeployment.mock.calls[0]![0]).toEqual(call);
  });
});

describe('a report of `failed`', () => {
  const report = (answer: ReportAnswer, view: Partial<ActionView> = {}, memory: Partial<RunMemory> = {}) => {
    const world = vercel(answer);
    const input = stepInputOf('failing', holding(view), memory);
    return { ...world, input, advanced: reportFailed(input, world.tools) };
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

  it('is not sent for a deployment that is settled', async () => {
    const { advanced, updateAction, input } = report(ACCEPTED, { reason: 'deployment-settled' });
    expect(await advanced).toEqual({ result: reported('none'), memory: input.memory });
    expect(updateAction).not.toHaveBeenCalled();
  });

  it('is given up without a token', async () => {
    const input = stepInputOf('failing', holding(), {}, NO_TOKEN);
    expect((await reportFailed(input, toolsOf())).result).toEqual(reported('none'));
  });

  it('that was interrupted is not repeated here', async () => {
    const input = stepInputOf('failing', holding());
    input.signals.interrupt('shutdown');
    expect((await reportFailed(input, vercel(later('no')).tools)).result).toEqual({ kind: 'interrupted' });
  });
});

describe('a report of progress', () => {
  const running = (memory: Partial<RunMemory> = {}) => stepInputOf('provisioning', holding(), memory);

  it.each<[ReportAnswer, Partial<RunMemory>]>([
    [ACCEPTED, { lastProgress: 'copying' }],
    [GONE, { deploymentGone: true }],
    [REFUSED, {}],
    [later('unknown'), {}],
    [UNAUTHORIZED, {}],
  ])('remembers what counts of %o', async (answer, learned) => {
    const log = hearLog();
    const input = running();
    const { tools, updateAction } = vercel(answer);
    expect(await reportProgress(input, tools, 'copying')).toEqual({ ...input.memory, ...learned });
    expect(updateAction.mock.calls[0]![1]).toEqual({ status: 'running', statusText: 'copying' });
    const lines = log.map(({ event, error, actionId }) => [event, error, actionId]);
    expect(lines).toEqual(answer === REFUSED ? [['progress-refused', 'no such action', input.view.id]] : []);
  });

  it('is sent once for each text', async () => {
    const { tools, updateAction } = vercel(ACCEPTED);
    const input = running({ lastProgress: 'copying' });
    expect(await reportProgress(input, tools, 'copying')).toBe(input.memory);
    expect(updateAction).not.toHaveBeenCalled();
  });

  it('changes nothing without a token', async () => {
    const input = stepInputOf('provisioning', holding(), {}, NO_TOKEN);
    expect(await reportProgress(input, toolsOf(), 'copying')).toEqual(input.memory);
  });

  it.each([
    ['provisioning', true],
    ['releasing', false],
  ] as const)('in %s ends at the deadline: %s', async (state, ends) => {
    const { tools, updateAction } = vercel(ACCEPTED);
    const clock = { ...SYSTEM_CLOCK, timeout: () => AbortSignal.abort() };
    await reportProgress(stepInputOf(state, holding()), { ...tools, clock }, 'copying');
    expect((updateAction.mock.calls[0]![2] as AbortSignal).aborted).toBe(ends);
  });
});
