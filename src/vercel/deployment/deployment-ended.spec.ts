import { expect, it } from 'vitest';
import { endedAs } from './deployment-ended.js';

it.each<[string | null, string | null, string | null, string | null]>([
  ['QUEUED', 'pending', null, null],
  ['INITIALIZING', 'pending', null, null],
  ['BUILDING', 'pending', null, null],
  ['BLOCKED', 'pending', null, null],
  ['BLOCKED', null, null, null],
  ['A-STATE-TO-COME', 'a-status-to-come', null, null],
  [null, null, null, null],
  ['ERROR', null, 'ERROR', 'ERROR'],
  ['CANCELED', 'pending', 'CANCELED', 'CANCELED'],
  ['READY', 'pending', null, 'READY'],
  ['READY', 'ready', null, 'READY'],
  ['READY', null, null, 'READY'],
  ['BUILDING', 'ready', null, 'integrations ready'],
  ['QUEUED', 'skipped', 'integrations skipped', 'integrations skipped'],
  ['BLOCKED', 'error', 'integrations error', 'integrations error'],
  [null, 'timeout', 'integrations timeout', 'integrations timeout'],
])(
  'endedAs reads readyState %s with integrations %s as ended by %s for a start, by %s for a retry',
  (readyState, integrationsStatus, started, retried) => {
    expect(endedAs({ readyState, integrationsStatus }, false)).toBe(started);
    expect(endedAs({ readyState, integrationsStatus }, true)).toBe(retried);
  },
);
