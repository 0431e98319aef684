import { expect, it } from 'vitest';
import { deadlineNow } from './deadline.js';
import type { Action } from './entities/action.entity.js';

const deadlineAt = new Date(1_000);

it.each<[Action['state'], Action['failureReport'], boolean]>([
  ['queued', null, true],
  ['provisioning', null, true],
  ['failing', null, true],
  ['failing', 'accepted', false],
  ['queued', 'none', true],
  ['reporting', null, false],
  ['succeeded', null, false],
  ['releasing', null, false],
])('in %s with failure report %s a verdict is due: %s', (state, failureReport, isDue) => {
  const action = { state, failureReport, deadlineAt } as Action;
  expect(deadlineNow(action)).toBe(isDue ? deadlineAt : null);
});
