import { describe, expect, it } from 'vitest';
import { backoff } from './back-off.js';

const lowest = () => 0;
const highest = () => 1 - Number.EPSILON;

describe('backoff', () => {
  it('doubles from 250 ms to 5 minutes', () => {
    expect([1, 2, 3, 4, 8, 11, 12, 5000].map((attempt) => backoff(attempt, highest))).toEqual([
      250, 500, 1000, 2000, 32_000, 256_000, 300_000, 300_000,
    ]);
  });

  it('varies randomly within its upper half', () => {
    expect(backoff(1, lowest)).toBe(125);
    expect(backoff(3, lowest)).toBe(500);
    expect(backoff(3, () => 0.5)).toBe(750);
  });

  it('treats an attempt number below 1 as 1', () => {
    expect(backoff(0, highest)).toBe(250);
  });
});
