import { describe, expect, it } from 'vitest';
import { backoff, retryDelay } from './retry.js';

const lowest = () => 0;
const highest = () => 1 - Number.EPSILON;

describe('backoff', () => {
  it('doubles from 250 ms to 30 s', () => {
    expect([1, 2, 3, 4, 8, 100, 5000].map((attempt) => backoff(attempt, highest))).toEqual([
      250, 500, 1000, 2000, 30_000, 30_000, 30_000,
    ]);
  });

  it('leaves the upper half to chance', () => {
    expect(backoff(1, lowest)).toBe(125);
    expect(backoff(3, lowest)).toBe(500);
    expect(backoff(3, () => 0.5)).toBe(750);
  });

  it('treats an attempt before the first as the first', () => {
    expect(backoff(0, highest)).toBe(250);
  });
});

describe('retryDelay', () => {
  it('never comes back sooner than Vercel asked, and not all at once', () => {
    expect(retryDelay({ attempt: 1, retryAfterMs: 5000, leftMs: 60_000 }, lowest)).toBe(5000);
    expect(retryDelay({ attempt: 1, retryAfterMs: 5000, leftMs: 60_000 }, highest)).toBe(5250);
    expect(retryDelay({ attempt: 8, retryAfterMs: 5000, leftMs: 60_000 }, highest)).toBe(30_000);
  });

  it('is null when the deadline comes first', () => {
    expect(retryDelay({ attempt: 1, retryAfterMs: 5000, leftMs: 5000 }, lowest)).toBeNull();
    expect(retryDelay({ attempt: 1, retryAfterMs: null, leftMs: 0 }, lowest)).toBeNull();
  });

  it('has all the time where there is no deadline', () => {
    expect(retryDelay({ attempt: 1, retryAfterMs: 600_000, leftMs: Infinity }, lowest)).toBe(600_000);
  });
});
