import { expect, it } from 'vitest';
import { scriptedSession } from '../../../test/support/scripted-session.js';
import { releaseHold } from './release-hold.js';

it('locks the allocations first, and answers who closes, who left and who met no row', async () => {
  const items = ['a', 'b', 'c'].map((id) => ({
    id,
    attempt: 1,
    from: 'releasing' as const,
    to: 'released' as const,
    outcome: null,
  }));
  const { session, given, listOf } = scriptedSession(
    [],
    [
      { n: 2, closes: true },
      { n: 0, closes: false },
    ],
  );
  expect(await releaseHold(session, items)).toEqual(['left', 'moved', 'closes']);
  expect(given[0]).toEqual([['a', 'b', 'c']]);
  expect(listOf(1)).toEqual(items.map((item, n) => ({ n, ...item })));
});
