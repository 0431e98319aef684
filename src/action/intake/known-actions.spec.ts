import { describe, expect, it } from 'vitest';
import { scriptedSession } from '../../../test/support/scripted-session.js';
import { moveKnownActions } from './known-actions.js';
import type { ReceivedOperation, ReceivedWebhook } from './received-webhook.js';

const webhook = (
  id: string,
  event: 'start' | 'cancel' | 'cleanup',
  over: Partial<ReceivedWebhook> = {},
): ReceivedWebhook => ({
  id,
  eventId: `event-${id}`,
  type: 'deployment.integration.action',
  body: '{}',
  createdAt: 1_000,
  result: 'recorded',
  operation: {
    event,
    installationId: 'icfg_1',
    deploymentId: 'dpl_1',
    resourceId: 'res_1',
    action: 'branch',
    deadlineMs: 170_000,
  },
  ...over,
});
const locked = (deliveryId: string, state: string, id = 'action') => ({ id, state, deliveryId });
const due = (deliveryId: string, actionId = 'action') => ({
  actionId,
  deliveryId,
  installationId: 'icfg_1',
  resourceId: 'res_1',
});

describe('webhooks about actions that exist', () => {
  it('move an action with an audited update', async () => {
    const { session, listOf } = scriptedSession([locked('a', 'queued')], [{ n: 0 }]);
    expect(await moveKnownActions(session, [webhook('a', 'cancel')])).toEqual([due('a')]);
    expect(listOf(1)).toMatchObject([
      {
        id: 'action',
        attempt: null,
        from: 'queued',
        event: 'cancel',
        to: 'canceling',
        deliveryId: 'a',
        actor: 'vercel',
      },
    ]);
  });

  it('name the operator who replays one', async () => {
    const { session, listOf } = scriptedSession([locked('a', 'queued')], [{ n: 0 }]);
    const replay = { of: 'r', actor: 'operator:ada', reason: 'it was lost' } as const;
    await moveKnownActions(session, [webhook('a', 'cleanup', { replay })]);
    expect(listOf(1)).toMatchObject([{ actor: 'operator:ada', note: 'it was lost' }]);
  });

  it('change nothing where the table has no entry', async () => {
    const { session, given } = scriptedSession([locked('a', 'released')]);
    expect(await moveKnownActions(session, [webhook('a', 'start')])).toEqual([]);
    expect(given).toHaveLength(1);
  });

  it('move one action one after the other, and different actions together', async () => {
    const other = webhook('c', 'cancel');
    const elsewhere = {
      ...other,
      operation: { ...(other.operation as ReceivedOperation), deploymentId: 'dpl_2' },
    };
    const { session, listOf } = scriptedSession(
      [locked('a', 'queued'), locked('c', 'queued', 'other')],
      [{ n: 0 }, { n: 1 }],
      [locked('b', 'canceling')],
      [{ n: 0 }],
    );
    const webhooks = [webhook('a', 'cancel'), webhook('b', 'cleanup'), elsewhere];
    expect(await moveKnownActions(session, webhooks)).toEqual([due('a'), due('c', 'other'), due('b')]);
    expect([listOf(0), listOf(2)].map((round) => round.map(({ id }) => id))).toEqual([['a', 'c'], ['b']]);
    expect(listOf(3)).toMatchObject([{ from: 'canceling', to: 'releasing' }]);
  });

  it('without an operation move nothing', async () => {
    const { session, given } = scriptedSession();
    expect(await moveKnownActions(session, [webhook('a', 'start', { operation: null })])).toEqual([]);
    expect(given).toEqual([]);
  });
});
