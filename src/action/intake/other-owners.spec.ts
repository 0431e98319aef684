import { expect, it } from 'vitest';
import { scriptedSession } from '../../../test/support/scripted-session.js';
import { findOwnersElsewhere } from './other-owners.js';
import type { ReceivedWebhook } from './received-webhook.js';

const made = (id: string, event: 'start' | 'cancel' | 'cleanup' | null) =>
  ({ id, operation: event && { event, installationId: 'icfg_1', deploymentId: 'dpl_1' } }) as ReceivedWebhook;

it('looks for the owner of what a cancel or a cleanup ends', async () => {
  const { session, listOf } = scriptedSession([{ id: 'b', ownerId: 'icfg_2' }]);
  const webhooks = [made('a', 'start'), made('b', 'cancel'), made('c', 'cleanup'), made('d', null)];
  expect([...(await findOwnersElsewhere(session, webhooks))]).toEqual([['b', 'icfg_2']]);
  expect(listOf(0).map(({ id, installationId }) => [id, installationId])).toEqual([
    ['b', 'icfg_1'],
    ['c', 'icfg_1'],
  ]);
});

it('asks the database nothing about starts', async () => {
  const { session, given } = scriptedSession();
  expect(await findOwnersElsewhere(session, [made('a', 'start')])).toEqual(new Map());
  expect(given).toEqual([]);
});
