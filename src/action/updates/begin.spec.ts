import { expect, it } from 'vitest';
import { NO_DEPLOYMENT } from '../../../test/support/action-run.js';
import { scriptedSession } from '../../../test/support/scripted-session.js';
import { begin, type Begin } from './begin.js';

const item = (id: string): Begin => ({
  ...NO_DEPLOYMENT,
  id,
  attempt: 1,
  allocationId: `${id}-allocation`,
  sealedSeed: Buffer.from('seed'),
  identity: 'i',
  keyBase: 'shop',
  options: {},
});

it('answers each begin with its allocation, and those that met no row with none', async () => {
  const allocation = { id: 'x', identity: 'i', key: 'shop', handle: null, sealedSeed: null, options: {} };
  const { session, listOf } = scriptedSession([{ n: 2, ...allocation }]);
  expect(await begin(session, ['a', 'b', 'c'].map(item))).toEqual([undefined, undefined, allocation]);
  expect(listOf(0).map(({ n, id, sealedSeed }) => [n, id, sealedSeed])).toEqual([
    [0, 'a', 'c2VlZA=='],
    [1, 'b', 'c2VlZA=='],
    [2, 'c', 'c2VlZA=='],
  ]);
});
