import { expect, it } from 'vitest';
import { parseDuration } from './duration.js';

it.each([
  ['500ms', 500],
  ['170s', 170_000],
  ['3m', 180_000],
  ['2h', 7_200_000],
  ['14d', 1_209_600_000],
  [' 5s ', 5_000],
  ['0s', 0],
])('parseDuration reads %j as %d milliseconds', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

it.each(['', '170', '1.5h', '-3s', '3 m', '1h30m', '2w', '5S', '9999999999999d', 170, null, undefined, {}])(
  'parseDuration rejects %j',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);
