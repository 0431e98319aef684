import { describe, expect, it } from 'vitest';
import { readEnvironment } from './env.js';
import { Problems } from '../problems.js';
import { retentionOf } from './retention.js';

function read(env: Record<string, string>) {
  const problems = new Problems();
  const retention = retentionOf(readEnvironment(env, problems), problems);
  return { retention, problems: problems.all.map(({ path, text }) => `${path}: ${text}`) };
}

describe('RETENTION_*', () => {
  it('keep all rows when they are not set', () => {
    expect(read({})).toEqual({ retention: { deliveriesMs: null, actionsMs: null }, problems: [] });
  });

  it('are read as durations', () => {
    const { retention } = read({ RETENTION_DELIVERIES: '2d', RETENTION_ACTIONS: '90d' });
    expect(retention).toEqual({ deliveriesMs: 2 * 86_400_000, actionsMs: 90 * 86_400_000 });
  });

  it.each([
    ['47h', '"47h" is less than 2d: Vercel may repeat an event within that time'],
    ['90', '"90" is not a whole number with a unit (ms, s, m, h or d), such as 90d'],
    ['99999d', '"99999d" is more than 36500d: leave it unset to keep everything'],
  ])('are rejected as %s', (text, problem) => {
    expect(read({ RETENTION_DELIVERIES: text, RETENTION_ACTIONS: text }).problems).toEqual([
      `RETENTION_DELIVERIES: ${problem}`,
      `RETENTION_ACTIONS: ${problem}`,
    ]);
  });
});
