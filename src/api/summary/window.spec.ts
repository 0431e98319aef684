import { describe, expect, it } from 'vitest';
import { windowOf } from './window.js';

describe('a window', () => {
  it('has complete buckets without gaps, the last of which contains the current time', () => {
    const { from, starts, bucketSeconds } = windowOf('1h', new Date('2026-01-01T12:00:59.999Z'));
    expect(starts).toHaveLength(60);
    expect([from.toISOString(), starts.at(-1)?.toISOString()]).toEqual([
      '2026-01-01T11:01:00.000Z',
      '2026-01-01T12:00:00.000Z',
    ]);
    expect(new Set(starts.slice(1).map((start, n) => start.getTime() - (starts[n]?.getTime() ?? 0)))).toEqual(
      new Set([bucketSeconds * 1000]),
    );
  });

  it('keeps the boundaries of its buckets over time', () => {
    const early = windowOf('24h', new Date('2026-01-01T12:00:00Z')).starts;
    const late = windowOf('24h', new Date('2026-01-01T12:14:59Z')).starts;
    expect(late).toEqual(early);
  });
});
