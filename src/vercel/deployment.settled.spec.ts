import { expect, it } from 'vitest';
import { settledAs } from './deployment.settled.js';

it.each([
  ['QUEUED', 'pending', null],
  ['INITIALIZING', 'pending', null],
  ['BUILDING', 'pending', null],
  ['BLOCKED', 'pending', null],
  ['BLOCKED', null, null],
  ['A-STATE-TO-COME', 'a-status-to-come', null],
  [null, null, null],
  ['ERROR', null, 'ERROR'],
  ['CANCELED', 'pending', 'CANCELED'],
  ['READY', 'ready', 'READY'],
  ['BUILDING', 'ready', 'integrations ready'],
  ['QUEUED', 'skipped', 'integrations skipped'],
  ['BLOCKED', 'error', 'integrations error'],
  [null, 'timeout', 'integrations timeout'],
])('reads readyState %s with integrations %s as settled by %s', (readyState, integrationsStatus, as) => {
  expect(settledAs({ readyState, integrationsStatus })).toBe(as);
});
