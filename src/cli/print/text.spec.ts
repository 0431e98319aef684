import { expect, it } from 'vitest';
import { age } from './text.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');

it.each([
  ['2026-01-31T12:00:00Z', '0s'],
  ['2026-01-31T11:59:01Z', '59s'],
  ['2026-01-31T11:00:01Z', '59m'],
  ['2026-01-30T12:00:01Z', '23h'],
  ['2026-01-01T12:00:00Z', '30d'],
  ['2026-01-31T12:02:30Z', 'in 2m'],
  [null, '-'],
])('age prints %s as %s', (time, expected) => {
  expect(age(time, NOW)).toBe(expected);
});
