import { describe, expect, it } from 'vitest';
import { scriptedSession } from '../../../test/support/scripted-session.js';
import { storeArrivals } from './arrival.js';
import type { ReceivedOperation, ReceivedWebhook } from './received-webhook.js';

const operation = (over: Partial<ReceivedOperation> = {}): ReceivedOperation => ({
  event: 'start',
  installationId: 'icfg_1',
  deploymentId: 'dpl_1',
  resourceId: 'res_1',
  action: 'branch',
  deadlineMs: 170_000,
  ...over,
});
const webhook = (id: string, over: Partial<ReceivedWebhook> = {}): ReceivedWebhook => ({
  id,
  eventId: `event-${id}`,
  type: 'deployment.integration.action.start',
  body: '{}',
  createdAt: 1_000,
  result: 'recorded',
  operation: operation(),
  ...over,
});
const cancel = operation({ event: 'cancel' });
const stored = (id: string, made: boolean, eventId = `event-${id}`) => ({ id, eventId, made });

describe('the rows of a batch of webhooks', () => {
  it.each<[string, ReceivedWebhook[], object[]]>([
    [
      'one that makes an action',
      [webhook('a')],
      [
        {
          id: 'a',
          times: 1,
          actor: 'vercel',
          actionId: expect.any(String),
          to: 'queued',
          installationId: 'icfg_1',
        },
      ],
    ],
    [
      'a cancel that comes first',
      [webhook('a', { operation: cancel })],
      [{ event: 'cancel', actionId: expect.any(String), to: 'canceling' }],
    ],
    [
      'two events of one action: the first brings it',
      [webhook('a'), webhook('b', { operation: cancel })],
      [
        { id: 'a', actionId: expect.any(String) },
        { id: 'b', actionId: null, to: 'canceling' },
      ],
    ],
    [
      'events of two actions',
      [webhook('a'), webhook('b', { operation: operation({ deploymentId: 'dpl_2' }) })],
      [{ actionId: expect.any(String) }, { actionId: expect.any(String) }],
    ],
    ['the same event twice', [webhook('a'), webhook('b', { eventId: 'event-a' })], [{ id: 'a', times: 2 }]],
    [
      'events in the order of their ids',
      [webhook('b'), webhook('a')],
      [
        { id: 'a', actionId: null },
        { id: 'b', actionId: expect.any(String) },
      ],
    ],
    [
      'a replay, which makes no action',
      [webhook('a', { replay: { of: 'r', actor: 'operator:ada', reason: 'lost' } })],
      [{ actionId: null, actor: 'operator:ada', reason: 'lost', replayOf: 'r', to: 'queued' }],
    ],
    [
      'a removed installation',
      [webhook('a', { operation: null, removedInstallationId: 'icfg_9' })],
      [{ installationId: 'icfg_9', actionId: null, to: null }],
    ],
    [
      'a transferred installation',
      [webhook('a', { operation: null, transferredInstallationId: 'icfg_9' })],
      [{ installationId: 'icfg_9', actionId: null }],
    ],
  ])('%s', async (_, webhooks, rows) => {
    const { session, listOf } = scriptedSession(
      webhooks.map(({ id, eventId }) => stored(id, false, eventId)),
    );
    await storeArrivals(session, webhooks);
    expect(listOf(0)).toHaveLength(rows.length);
    expect(listOf(0)).toMatchObject(rows);
    expect(listOf(0)[0]).not.toHaveProperty('operation');
    expect(listOf(0)[0]).not.toHaveProperty('replay');
  });
});

describe('what a batch of webhooks brought', () => {
  it('is an action that a worker is due for, and asks Vercel about the deployment of a start', async () => {
    const { session, listOf } = scriptedSession([stored('a', true), stored('b', true)]);
    const other = { event: 'cleanup', deploymentId: 'dpl_2' } as const;
    const arrived = await storeArrivals(session, [
      webhook('a'),
      webhook('b', { operation: operation(other) }),
    ]);
    const [a, b] = listOf(0).map(({ actionId }) => actionId);
    const subject = { installationId: 'icfg_1', resourceId: 'res_1' };
    expect(arrived.due).toEqual([
      { actionId: a, deliveryId: 'a', ...subject, asks: 'dpl_1' },
      { actionId: b, deliveryId: 'b', ...subject },
    ]);
    expect(arrived.made.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(arrived.forKnownActions).toEqual([]);
  });

  it('is a move of an action that existed before', async () => {
    const { session } = scriptedSession([stored('a', false)]);
    const arrived = await storeArrivals(session, [webhook('a')]);
    expect(arrived.forKnownActions.map(({ id }) => id)).toEqual(['a']);
    expect([arrived.due, arrived.made]).toEqual([[], []]);
    expect(arrived.receipts).toEqual([{ delivery: 'a', result: 'recorded' }]);
  });

  it('is nothing for an event that is stored already, and its receipt names the first delivery', async () => {
    const { session } = scriptedSession([stored('first', false, 'event-a')]);
    const arrived = await storeArrivals(session, [webhook('a'), webhook('b', { eventId: 'event-a' })]);
    const duplicate = { delivery: 'first', result: 'duplicate' };
    expect(arrived).toMatchObject({ receipts: [duplicate, duplicate], fresh: [], forKnownActions: [] });
  });

  it('moves nothing for a webhook without an operation', async () => {
    const { session } = scriptedSession([stored('a', false)]);
    const arrived = await storeArrivals(session, [webhook('a', { operation: null, result: 'ignored' })]);
    expect(arrived.fresh.map(({ id }) => id)).toEqual(['a']);
    expect(arrived.receipts).toEqual([{ delivery: 'a', result: 'ignored' }]);
    expect([arrived.forKnownActions, arrived.due]).toEqual([[], []]);
  });
});
