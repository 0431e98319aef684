import { describe, expect, it } from 'vitest';
import type { DeploymentView, Entry } from '../../../src/twin/twin.js';
import { messageOf, messageOfBuild, messageOfTransition } from './messages.js';

const view = {
  project: 'shop',
  gitRef: 'feature/x',
  target: null,
  createdAt: 1_000,
  unblockedAt: 2_500,
  actions: [{}],
} as unknown as DeploymentView;

const text = (entry: object, deployment: DeploymentView | null = view): string | undefined =>
  messageOf({ seq: 1, at: 0, deploymentId: 'dpl_1', ...entry } as Entry, deployment)?.text;

const api = (over: object): object => ({
  kind: 'api',
  operation: 'update-action',
  status: 202,
  fault: null,
  ...over,
});
const webhook = (over: object): object => ({
  kind: 'webhook.sent',
  type: 'deployment.integration.action.start',
  attempt: 1,
  dropped: false,
  ...over,
});
const result = (over: object): object => ({
  kind: 'webhook.result',
  type: 'deployment.integration.action.cancel',
  status: 503,
  error: null,
  outcome: 'retry',
  nextInMs: 1_000,
  ...over,
});

describe('the messages of the timeline', () => {
  it('never contain the value of a secret', () => {
    const secrets = [
      { name: 'DATABASE_URL', value: 'postgresql://hunter2' },
      { name: 'PGPASSWORD', value: 'hunter2' },
    ];
    const body = { status: 'succeeded', outcomes: [{ kind: 'resource-secrets', secrets }] };
    expect(text(api({ body }))).toBe('receives succeeded, with DATABASE_URL and 1 more');
  });

  it.each([
    [api({ body: { status: 'failed', statusText: 'no room' } }), 'receives failed: no room'],
    [api({ body: { status: 'running' } }), 'receives running'],
    [api({ status: 429, fault: 'status429', body: null }), 'answers 429 to update-action, on purpose'],
    [api({ status: null, fault: 'reset', body: null }), 'answers nothing to update-action, on purpose'],
    [api({ status: 400, message: 'no such key', body: null }), 'rejects update-action with 400: no such key'],
    [webhook({}), 'webhook start: shop, git feature/x, preview'],
    [webhook({ attempt: 2 }), 'webhook start: shop, git feature/x, preview, try 2'],
    [webhook({ type: 'deployment.integration.action.cancel', dropped: true }), 'webhook cancel, lost'],
    [result({}), 'webhook cancel was rejected: 503; again in 1.00 s'],
    [
      result({ status: null, error: 'no answer', outcome: 'discarded', nextInMs: null }),
      'webhook cancel was rejected: no answer; not repeated',
    ],
    [{ kind: 'deployment', change: 'building', message: null }, 'starts the build after 1.50 s'],
    [{ kind: 'deployment', change: 'error', message: 'branch: no room' }, 'ERROR: branch: no room'],
    [{ kind: 'deployment', change: 'deleted', message: null }, 'DELETED'],
    [{ kind: 'violation', message: 'said both' }, 'receives a contradictory report: said both'],
    [
      { kind: 'late', status: 'succeeded', reason: 'canceled' },
      'receives succeeded too late: the deployment is canceled',
    ],
  ])('%j: %s', (entry, expected) => expect(text(entry)).toBe(expected));

  it('are null for an unimportant call, a delivered webhook, and a creation with a webhook', () => {
    expect(text(api({ operation: 'get-deployment', status: 200, body: null }))).toBeUndefined();
    expect(text(result({ outcome: 'delivered', status: 202 }))).toBeUndefined();
    expect(text({ kind: 'deployment', change: 'created', message: null })).toBeUndefined();
  });

  it('report the creation of a deployment without a webhook', () => {
    const alone = { ...view, gitRef: null, target: 'production', actions: [] } as unknown as DeploymentView;
    const created = { kind: 'deployment', change: 'created', message: null };
    expect(text(created, alone)).toBe('deploys shop, no git, production');
  });

  it('describe a transition by its next state and its reason', () => {
    expect(messageOfTransition({ to: 'queued', reason: null }).text).toBe('queued');
    expect(messageOfTransition({ to: 'failing', reason: 'deadline' })).toEqual({
      text: 'failing (deadline)',
      tone: 'bad',
    });
  });

  it('describe the result of a build', () => {
    const built = {
      database: 'b',
      role: 'b',
      users: 24,
      products: 6,
      orders: 90,
      bestSeller: 'rug',
      builds: ['a', 'b'],
    };
    expect(messageOfBuild(built).text).toBe(
      'finds 90 orders of 24 users (best seller: rug), migrates; builds in this database: a, b',
    );
    expect(messageOfBuild(null).text).toBe('gets no DATABASE_URL and continues without one');
  });
});
