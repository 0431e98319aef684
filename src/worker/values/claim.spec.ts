import { expect, it } from 'vitest';
import { confirmed, FRESH_MS, isFresh } from './claim.js';

const claim = { id: 'a', token: 3, confirmedAt: 1_000 };

it.each([
  [1_000, true],
  [1_000 + FRESH_MS - 1, true],
  [1_000 + FRESH_MS, false],
])('at %s a claim confirmed at 1000 is fresh: %s', (now, fresh) => {
  expect(isFresh(claim, now)).toBe(fresh);
});

it('keeps its token when it is confirmed', () => {
  expect(confirmed(claim, 2_000)).toEqual({ id: 'a', token: 3, confirmedAt: 2_000 });
});
