import { describe, expect, it } from 'vitest';
import { absolute, away, duration } from './time.js';

describe('formatted times', () => {
  it.each([
    [0, '0 ms'],
    [-5, '0 ms'],
    [999, '999 ms'],
    [1_400, '1.4 s'],
    [42_000, '42 s'],
    [185_000, '3 min 5 s'],
    [3_600_000, '1 h'],
    [2 * 86_400_000 + 4 * 3_600_000, '2 d 4 h'],
  ])('%i ms last %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    [-400, 'now'],
    [-8_000, '8 s ago'],
    [130_000, 'in 2 min'],
    [-3 * 86_400_000, '3 d ago'],
  ])('%i ms from now is %s', (ms, text) => expect(away(1e12 + ms, 1e12)).toBe(text));

  it('are absolute in UTC', () => {
    expect(absolute('2026-01-31T12:00:00.123Z')).toBe('2026-01-31 12:00:00.123 UTC');
  });
});
