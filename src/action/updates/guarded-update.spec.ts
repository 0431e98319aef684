import { describe, expect, it } from 'vitest';
import { scriptedSession } from '../../../test/support/scripted-session.js';
import { applyUpdates, type GuardedUpdate } from './guarded-update.js';

const update = (over: Partial<GuardedUpdate> = {}): GuardedUpdate => ({
  id: 'a',
  attempt: 1,
  from: 'provisioning',
  ...over,
});

describe('guarded updates', () => {
  it('are written in the order of their actions and answered in their own', async () => {
    const { session, listOf } = scriptedSession([{ n: 0 }, { n: 2 }]);
    const updates = ['c', 'a', 'b'].map((id) => update({ id }));
    expect(await applyUpdates(session, updates)).toEqual([true, false, true]);
    expect(listOf(0).map(({ id, n }) => [id, n])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 0],
    ]);
  });

  it.each<[string, Partial<GuardedUpdate>, object]>([
    [
      'stays in its state, by the worker',
      {},
      { to: 'provisioning', actor: 'worker', closes: false, hasHandle: false },
    ],
    [
      'moves',
      { event: 'ready', to: 'reporting', actor: 'sweeper', closes: true },
      { event: 'ready', to: 'reporting', actor: 'sweeper', closes: true },
    ],
    [
      'keeps a handle in place of the one that the call was given',
      { handle: { value: { id: 2 }, seen: { id: 1 } } },
      { hasHandle: true, handle: { id: 2 }, seen: { id: 1 } },
    ],
    [
      'keeps the handle null',
      { handle: { value: null, seen: { id: 1 } } },
      { hasHandle: true, handle: null },
    ],
  ])('%s', async (_, over, row) => {
    const { session, listOf } = scriptedSession([]);
    await applyUpdates(session, [update(over)]);
    expect(listOf(0)[0]).toMatchObject({ n: 0, id: 'a', attempt: 1, from: 'provisioning', ...row });
  });
});
