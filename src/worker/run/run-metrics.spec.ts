import { beforeEach, describe, expect, it } from 'vitest';
import type { ActionView } from '../../action/claims/action-view.js';
import {
  actionsFinished,
  actionsReleased,
  deadlineLeft,
  unblockSeconds,
} from '../../metrics/definitions/actions.js';
import type { ActionRun } from './action-run.js';
import { recordRunMetrics } from './run-metrics.js';
import type { StepResult } from './step-result.js';
import type { Tools } from './tools.js';

const WHOLE_MS = 170_000;
const actions = new Map([['branch', { deadlineMs: WHOLE_MS }]]) as unknown as Tools['actions'];
const view = (state: ActionView['state'], over: Partial<ActionView> = {}): ActionView =>
  ({
    id: 'a',
    action: 'branch',
    state,
    reason: null,
    deadlineMs: 150_000,
    ...over,
  }) as ActionView;
const errand = (found: ActionView): ActionRun => ({ view: found, deadlineMs: found.deadlineMs }) as ActionRun;

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
    const facts = values.filter(({ metricName }) => metricName?.endsWith('_count') ?? true);
    return [name, facts.reduce((sum, { value }) => sum + value, 0)] as const;
  });
  return Object.fromEntries(await Promise.all(sums));
}

describe('what a step brought about', () => {
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
      'not at all when somebody else was to give it back, and nothing was written',
      view('queued'),
      view('queued'),
      { kind: 'abandoned', reason: 'deployment-gone', text: '' },
      { finished: 0, released: 0, verdicts: 0, left: 0 },
    ],
    [
      'as a release and no end while the thing is still taken away',
      view('queued'),
      view('releasing'),
      { kind: 'abandoned', reason: 'deployment-gone', text: '' },
      { finished: 0, released: 1, verdicts: 0, left: 0 },
    ],
    [
      'as no verdict where Vercel did not take it',
      view('failing'),
      view('failing'),
      { kind: 'told', report: 'none' },
      { finished: 0, released: 0, verdicts: 0, left: 0 },
    ],
    [
      'as a verdict where Vercel took `failed`',
      view('failing'),
      view('failing'),
      { kind: 'told', report: 'accepted' },
      { finished: 0, released: 0, verdicts: 1, left: 1 },
    ],
  ])('counts %s', async (_, before, after, outcome, facts) => {
    recordRunMetrics(before, errand(after), outcome, actions);
    expect(await counted()).toEqual(facts);
  });
});
