import { beforeEach, describe, expect, it } from 'vitest';
import type { ActionView } from '../../action/claims/action-view.js';
import {
  actionsFinished,
  actionsReleased,
  deadlineLeft,
  unblockSeconds,
} from '../../metrics/definitions/actions.js';
import { recordRunMetrics } from './run-metrics.js';
import type { StepResult } from './step-result.js';
import { definitionOf, viewOf } from '../../../test/support/action-run.js';

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

describe('what a step changed', () => {
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
      'as no verdict when Vercel refused it',
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
