import { expect, it } from 'vitest';
import { statusTextOf } from './status-text.js';

it.each([
  [null, null, null],
  ['no room', null, 'no room'],
  [null, 'copying', 'copying'],
  ['no room', 'cannot remove it', 'no room; meanwhile: cannot remove it'],
])('joins failure %j and progress %j to %j', (failureText, progressText, text) => {
  expect(statusTextOf({ failureText, progressText })).toBe(text);
});
