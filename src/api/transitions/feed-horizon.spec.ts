import { describe, expect, it } from 'vitest';
import { horizonOf } from './feed-horizon.js';

const WRAP = 2n ** 31n;

describe('the horizon of the feed', () => {
  it('is the last drawn id without open transactions', () => {
    expect(horizonOf(17n, [])).toBe(17n);
  });

  it('is the lowest mark while transactions are open', () => {
    expect(horizonOf(17n, [12n, 9n, 15n])).toBe(9n);
  });

  it('stays at the last drawn id if a mark was added after the id was read', () => {
    expect(horizonOf(17n, [19n])).toBe(17n);
  });

  it('finds the id behind a mark on both sides of a wrap', () => {
    expect(horizonOf(WRAP + 3n, [WRAP - 2n])).toBe(WRAP - 2n);
    expect(horizonOf(5n * WRAP - 1n, [4n])).toBe(5n * WRAP - 1n);
    expect(horizonOf(5n * WRAP + 9n, [4n])).toBe(5n * WRAP + 4n);
  });
});
