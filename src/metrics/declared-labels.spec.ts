import { beforeAll, describe, expect, it } from 'vitest';
import { actionsFinished, deadlineLeft, unblockSeconds } from './definitions/actions.js';
import { declareSeries } from './declared-labels.js';
import { provisionerCalls, provisionerDuration } from './definitions/provisioner.js';

interface Metric {
  get(): Promise<{ values: { labels: object; value: number }[] }>;
}

/** Returns the values of a label of the series that start at 0. */
async function labelsStartingAtZero(metric: Metric, label: string): Promise<Set<unknown>> {
  const { values } = await metric.get();
  expect(values.filter(({ value }) => value !== 0)).toEqual([]);
  return new Set(values.map(({ labels }) => labels[label as keyof typeof labels]));
}

describe('series of declared actions and provisioners', () => {
  beforeAll(() => declareSeries(new Map([['branch', { provisioner: 'neon-branch' }]])));

  it.each<[string, Metric, string, string]>([
    ['finished actions', actionsFinished, 'action', 'branch'],
    ['times to unblock', unblockSeconds, 'action', 'branch'],
    ['times left', deadlineLeft, 'action', 'branch'],
    ['calls', provisionerCalls, 'provisioner', 'neon-branch'],
    ['durations of calls', provisionerDuration, 'provisioner', 'neon-branch'],
  ])('start at 0, including the one for other names: %s', async (_, metric, label, name) => {
    expect(await labelsStartingAtZero(metric, label)).toEqual(new Set([name, 'other']));
  });
});
