import { describe, expect, it } from 'vitest';
import { hearLog } from '../../../test/support/log.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { pluginLog } from './plugin-log.js';

const view = {
  id: 'a',
  action: 'branch',
  deploymentId: 'dpl_1',
  installationId: 'icfg_1',
  allocation: { key: 'shop-1' },
} as ActionView;
const actions = new Map([['branch', { provisioner: 'acme-db' }]]);

/** What a line holds of the fields that a plugin passed. */
function detailOf(fields: unknown): unknown {
  const lines = hearLog();
  pluginLog({ view }, { actions: actions as never })('copying', fields);
  return lines[0]?.['detail'];
}

describe("a provisioner's log messages", () => {
  it('have the ids of their action and allocation', () => {
    const lines = hearLog();
    pluginLog({ view }, { actions: actions as never })('copying postgres://me:hunter2@db/x', { rows: 3 });
    expect(lines).toMatchObject([
      {
        event: 'provisioner-said',
        actionId: 'a',
        allocationKey: 'shop-1',
        deploymentId: 'dpl_1',
        installationId: 'icfg_1',
        provisioner: 'acme-db',
        text: 'copying postgres://me:***@db/x',
        detail: { rows: 3 },
      },
    ]);
  });

  it('do not fail for any fields', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const trap = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('a trap');
      },
    });
    expect(detailOf(undefined)).toBeUndefined();
    expect(detailOf({})).toBeUndefined();
    expect(detailOf(circular)).toEqual({ unreadable: true });
    expect(detailOf(trap)).toEqual({ unreadable: true });
    expect(detailOf('text')).toEqual({ value: 'text' });
    expect(detailOf({ password: 'hunter2hunter2' })).toEqual({ json: '{"password":***}' });
    expect(JSON.stringify(detailOf({ long: 'x'.repeat(100_000) })).length).toBeLessThan(2_100);
  });
});
