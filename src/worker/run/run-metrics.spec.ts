import { beforeEach, describe, expect, it } from 'vitest';
import type { ActionView } from '../../action/claims/action-view.js';
import {
  actionsFinished,
  actionsReleased,
  deadlineLeft,
  unblockSeconds,
} from '../../metrics/definitions/actions.js';
import { recordRunMetrics } from './run-metrics.js';
import type { StepResult } from '../values/step-result.js';
import { definitionOf, viewOf } from '../../../test/support/action-run.js';
import { hearLog } from '../../../test/support/log.js';

const WHOLE_MS = 170_000;
const actions = new Map([['branch', definitionOf({ deadlineMs: WHOLE_MS })]]);
const view = (state: ActionView['state']): ActionView => viewOf({ state });

const METRICS = {
  finished: actionsFinished,
  released: actionsReleased,
  verdicts: unblockSeconds,
  left: deadlineLeft,
};
beforeEach(() => Object.values(METRICS).forEach((metric) => metric.reset()));

/** How much was counted of each. */
async function counted(): Promise<Record<string, number>> {
  const sums = Object.entries(METRICS).map(async ([name, metric]) => {
    const values = (await metric.get()).values as { metricName?: string; value: number }[];
    const counts = values.filter(({ metricName }) => metricName?.endsWith('_count') ?? true);
    return [name, counts.reduce((sum, { value }) => sum + value, 0)] as const;
  });
  return Object.fromEntries(await Promise.all(sums));
}

describe('the metrics of a step', () => {
  it.each<[string, ActionView, ActionView, StepResult, object]>([
    [
      'once it is committed',
      view('reporting'),
      view('succeeded'),
      { kind: 'accepted' },
      { finished: 1, released: 0, verdicts: 1, left: 1 },
    ],
    [
      'not at all when another had moved the row, and nothing was written',
      view('reporting'),
      view('reporting'),
      { kind: 'accepted' },
      { finished: 0, released: 0, verdicts: 0, left: 0 },
    ],
    [
      'not at all when another worker was to release it, and nothing was written',
      view('queued'),
      view('queued'),
      { kind: 'abandoned', reason: 'deployment-gone', text: '' },
      { finished: 0, released: 0, verdicts: 0, left: 0 },
    ],
    [
      'as a release and no end while the resource is still being removed',
      view('queued'),
      view('releasing'),
      { kind: 'abandoned', reason: 'deployment-gone', text: '' },
      { finished: 0, released: 1, verdicts: 0, left: 0 },
    ],
    [
      'no verdict when Vercel refused it',
      view('failing'),
      view('failing'),
      { kind: 'failure-reported', report: 'none' },
      { finished: 0, released: 0, verdicts: 0, left: 0 },
    ],
    [
      'as a verdict when Vercel accepted `failed`',
      view('failing'),
      view('failing'),
      { kind: 'failure-reported', report: 'accepted' },
      { finished: 0, released: 0, verdicts: 1, left: 1 },
    ],
  ])('counts %s', async (_, before, after, result, counts) => {
    recordRunMetrics({ before, view: after, deadlineMs: 150_000 }, result, actions);
    expect(await counted()).toEqual(counts);
  });
});

describe('the log of a step', () => {
  const failed = viewOf({ state: 'failed', reason: 'permanent', failureText: 'no room' });
  it.each<[string, ActionView, ActionView, StepResult, object[]]>([
    [
      'names the verdict and the end of a success',
      view('reporting'),
      view('succeeded'),
      { kind: 'accepted' },
      [
        { event: 'action-moved', transition: 'accepted', from: 'reporting', to: 'succeeded' },
        { event: 'verdict-accepted', outcome: 'succeeded', seconds: 20 },
        { event: 'action-finished', outcome: 'succeeded' },
      ],
    ],
    [
      'names why an action failed',
      view('provisioning'),
      viewOf({ state: 'failing', reason: 'permanent' }),
      { kind: 'fail', reason: 'permanent', text: 'no room' },
      [{ event: 'action-moved', transition: 'fail', to: 'failing', reason: 'permanent' }],
    ],
    [
      'names the end of a failure',
      viewOf({ state: 'failing', reason: 'permanent' }),
      failed,
      { kind: 'gone', closes: true },
      [
        { event: 'action-moved', transition: 'gone', to: 'failed' },
        { event: 'action-finished', outcome: 'failed', reason: 'permanent', text: 'no room' },
      ],
    ],
    [
      'names why an action is released',
      view('queued'),
      view('releasing'),
      { kind: 'abandoned', reason: 'deployment-gone', text: '' },
      [
        { event: 'action-moved', transition: 'release', to: 'releasing' },
        { event: 'action-released', reason: 'deployment-gone' },
      ],
    ],
    [
      'names no change that another made',
      view('provisioning'),
      view('canceling'),
      { kind: 'pending', message: '', retryAfterMs: 1 },
      [],
    ],
  ])('%s', (_, before, after, result, lines) => {
    const log = hearLog('debug');
    recordRunMetrics({ before, view: after, deadlineMs: 150_000 }, result, actions);
    const { id: actionId, installationId, resourceId, deploymentId, action } = after;
    const names = { actionId, installationId, resourceId, deploymentId, action };
    expect(log).toMatchObject(lines.map((line) => ({ ...names, ...line })));
    expect(log).toHaveLength(lines.length);
  });

  it('is short at the level info', () => {
    const log = hearLog('info');
    recordRunMetrics(
      { before: view('queued'), view: view('provisioning'), deadlineMs: 150_000 },
      { kind: 'begin', deployment: {} as never, identity: 'i', keyBase: 'k', options: {} },
      actions,
    );
    expect(log).toEqual([]);
  });
});

describe('the time to a verdict', () => {
  const sumOf = async (metric: typeof unblockSeconds) =>
    ((await metric.get()).values as { metricName?: string; value: number }[]).find(({ metricName }) =>
      metricName?.endsWith('_sum'),
    )?.value;
  const succeed = (deadlineMs: number) =>
    recordRunMetrics(
      { before: view('reporting'), view: view('succeeded'), deadlineMs },
      { kind: 'accepted' },
      actions,
    );

  it.each([
    [150_000, 20, 150],
    [-5_000, 175, 0],
    [WHOLE_MS + 1_000, 0, 171],
  ])('%s ms before the deadline is %s s', async (deadlineMs, seconds, left) => {
    succeed(deadlineMs);
    expect([await sumOf(unblockSeconds), await sumOf(deadlineLeft)]).toEqual([seconds, left]);
  });

  it('is not known without a deadline', async () => {
    succeed(Infinity);
    expect(await counted()).toMatchObject({ finished: 1, verdicts: 0, left: 0 });
  });
});
