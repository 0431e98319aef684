import { expect, it } from 'vitest';
import { NO_DEPLOYMENT } from '../../../test/support/action-run.js';
import { scriptedSession } from '../../../test/support/scripted-session.js';
import { decline } from './decline.js';

it('answers which of the declines met their row', async () => {
  const item = { ...NO_DEPLOYMENT, attempt: 1, event: 'skip', to: 'reporting', reason: null } as const;
  const declines = ['a', 'b'].map((id) => ({
    ...item,
    id,
    failureText: null,
    progressText: 'nothing to do',
  }));
  const { session, listOf } = scriptedSession([{ n: 1 }]);
  expect(await decline(session, declines)).toEqual([false, true]);
  expect(listOf(0)).toEqual(declines.map((one, n) => ({ n, ...one })));
});
