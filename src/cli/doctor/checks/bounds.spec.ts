/** Edge cases that a test on real parts cannot produce. */
import { describe, expect, it } from 'vitest';
import { clockOf } from './clock.js';
import { checkLimits } from './connections.js';
import { versionOf } from './database.js';

describe('a check of', () => {
  it.each([
    [140_012, '14.12', 'failed'],
    [150_000, '15.0', 'ok'],
    [180_004, '18.4', 'ok'],
  ] as const)('PostgreSQL %d (%s) is %s', (number, text, status) => {
    expect(versionOf(number, text)).toMatchObject({ status });
  });

  it.each([
    [0, 0, 'ok'],
    [1_999, 0, 'ok'],
    [-2_400, 500, 'ok'],
    [2_001, 0, 'warning'],
    [-9_999, 0, 'warning'],
    [10_000, 0, 'failed'],
    [-60_000, 500, 'failed'],
  ] as const)(
    'a clock that is %d ms ahead, with a precision of %d ms, is %s',
    (aheadMs, precisionMs, status) => {
      expect(clockOf('clock', 'it', { aheadMs, precisionMs })).toMatchObject({ status });
    },
  );

  it.each([
    [24, 0, 0, 'failed'],
    [25, 0, 1, 'ok'],
    [97, 73, 1, 'warning'],
    [97, 0, 4, 'warning'],
    [97, 0, 3, 'ok'],
  ] as const)('%d connections with %d others and %d processes is %s', (limit, others, processes, status) => {
    expect(checkLimits({ limit, others, processes })).toMatchObject({ status });
  });
});
