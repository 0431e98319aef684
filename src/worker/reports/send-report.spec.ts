import { describe, expect, it, vi } from 'vitest';
import { holding, stepInputOf, stepPortsOf } from '../../../test/support/action-run.js';
import { hearLog } from '../../../test/support/log.js';
import { missingOf, type DeploymentGone } from '../../vercel/deployment/deployment-gone.js';
import type { ReportAnswer, VercelGateway } from '../../vercel/gateway.js';
import { SYSTEM_CLOCK } from '../ports/clock.js';
import type { RunMemory } from '../values/run-memory.js';
import { reportProgress } from './send-report.js';

const ACCEPTED: ReportAnswer = { kind: 'accepted' };
const REFUSED: ReportAnswer = { kind: 'refused', status: 400, message: 'no such action', code: null };
const UNAUTHORIZED: ReportAnswer = { kind: 'unauthorized', status: 401, message: 'no' };
const GONE = missingOf(410, 'dpl_1', 'deployment_deleted', { message: 'deleted' }) as DeploymentGone;
const LATER: ReportAnswer = {
  kind: 'later',
  status: 503,
  message: 'busy',
  retryAfterMs: 700,
  executed: 'unknown',
};

/** Step ports whose Vercel gives this answer to a report. */
function vercelOf(answer: ReportAnswer) {
  const updateAction = vi.fn<VercelGateway['updateAction']>(async () => answer);
  const { gateway } = stepPortsOf();
  return { updateAction, ports: stepPortsOf({ gateway: { ...gateway, updateAction } }) };
}

describe('a report of progress', () => {
  const running = (memory: Partial<RunMemory> = {}) => stepInputOf('provisioning', holding(), memory);

  it.each<[ReportAnswer, Partial<RunMemory>]>([
    [ACCEPTED, { lastProgress: 'copying' }],
    [GONE, { deploymentGone: true }],
    [REFUSED, {}],
    [LATER, {}],
    [UNAUTHORIZED, {}],
  ])('keeps the relevant part of %o', async (answer, kept) => {
    const log = hearLog();
    const input = running();
    const { ports, updateAction } = vercelOf(answer);
    expect(await reportProgress(input, ports, 'copying')).toEqual({ ...input.memory, ...kept });
    expect(updateAction.mock.calls[0]![1]).toEqual({ status: 'running', statusText: 'copying' });
    const lines = log.map(({ event, error, actionId }) => [event, error, actionId]);
    expect(lines).toEqual(answer === REFUSED ? [['progress-refused', 'no such action', input.view.id]] : []);
  });

  it('is sent once for each text', async () => {
    const { ports, updateAction } = vercelOf(ACCEPTED);
    const input = running({ lastProgress: 'copying' });
    expect(await reportProgress(input, ports, 'copying')).toBe(input.memory);
    expect(updateAction).not.toHaveBeenCalled();
  });

  it('changes nothing without a token', async () => {
    const input = stepInputOf('provisioning', holding(), {}, { token: null });
    expect(await reportProgress(input, stepPortsOf(), 'copying')).toEqual(input.memory);
  });

  it.each([
    ['provisioning', true],
    ['releasing', false],
  ] as const)('in %s ends at the deadline: %s', async (state, ends) => {
    const { ports, updateAction } = vercelOf(ACCEPTED);
    const clock = { ...SYSTEM_CLOCK, timeout: () => AbortSignal.abort() };
    await reportProgress(stepInputOf(state, holding()), { ...ports, clock }, 'copying');
    expect((updateAction.mock.calls[0]![2] as AbortSignal).aborted).toBe(ends);
  });
});
