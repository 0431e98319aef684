import { describe, expect, it } from 'vitest';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { causeOf } from './cause.js';

const NOW = Date.parse('2026-01-31T12:00:00.000Z');
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

const action = (over: object): ActionDetail =>
  ({
    action: 'branch',
    reason: null,
    statusText: null,
    attempts: 1,
    deadlineAt: ago(-90),
    createdAt: ago(60),
    transitions: [],
    commands: [],
    calls: [],
    ...over,
  }) as unknown as ActionDetail;

const last = (seconds: number, over: object = {}): object[] => [
  { id: '1', event: 'start', actor: 'vercel', at: ago(60), reason: null },
  { id: '2', event: 'begin', actor: 'worker', at: ago(seconds), reason: null, ...over },
];

describe('what is the matter with an action', () => {
  it('is whom it waits for, for how long, what was said last and how long it may still take', () => {
    const waiting = action({ state: 'provisioning', statusText: 'copying 40 %', transitions: last(12) });
    expect(causeOf(waiting, NOW)).toEqual({
      tone: 'busy',
      sentence: 'It waits for the provisioner of branch, for 12 s now.',
      said: 'copying 40 %',
      next: 'It has 1 min 30 s left until its deadline; then Vercel hears that it failed.',
    });
  });

  it('is that no worker takes it', () => {
    const waiting = action({ state: 'queued', attempts: 0, transitions: last(40) });
    expect(causeOf(waiting, NOW)).toMatchObject({
      tone: 'bad',
      sentence: 'No worker has taken it for 40 s: are workers running?',
    });
  });

  it('is what Vercel answers when it does not accept', () => {
    const calls = [{ status: 503, code: 'unavailable' }];
    const { sentence, tone } = causeOf(action({ state: 'reporting', transitions: last(9), calls }), NOW);
    expect([tone, sentence]).toEqual([
      'bad',
      'What it needs is ready; it waits for Vercel to accept that, for 9.0 s now; its last answer was ' +
        '503 (unavailable).',
    ]);
  });

  it('is why it failed, in words, and what can be done', () => {
    const failed = action({
      state: 'failed',
      reason: 'deadline',
      statusText: 'no answer from db1',
      transitions: last(5),
      commands: [
        { name: 'retry', allowed: false, why: 'The deadline has passed. Ask the customer to redeploy.' },
      ],
    });
    expect(causeOf(failed, NOW)).toMatchObject({
      sentence: 'It failed because its deadline passed before it was ready.',
      said: 'no answer from db1',
      next: 'Nothing is left of it outside. The deadline has passed. Ask the customer to redeploy.',
    });
    expect(causeOf({ ...failed, commands: [] }, NOW).next).toContain('a retry queues it again');
  });

  it('is which operator canceled it, and what the customer reads', () => {
    const order = { event: 'abort', actor: 'operator:alice', reason: 'wrong branch' };
    const statusText = 'canceled by the provider: wrong branch';
    const reason = 'canceled-by-operator';
    const failed = action({ state: 'failed', reason, statusText, transitions: last(5, order) });
    expect(causeOf(failed, NOW)).toMatchObject({
      sentence: 'It failed because alice canceled it.',
      said: statusText,
    });
  });

  it('is who canceled or released it, in their own words', () => {
    const order = { event: 'cancel', actor: 'operator:alice', reason: 'wrong branch' };
    const canceled = action({ state: 'canceled', transitions: last(5, order) });
    expect(causeOf(canceled, NOW).sentence).toBe('It was canceled by alice: “wrong branch”.');
    const release = { event: 'release', actor: 'operator:alice', reason: 'not needed' };
    const released = action({ state: 'released', reason: 'not needed', transitions: last(5, release) });
    expect(causeOf(released, NOW).sentence).toBe('It was released by alice: “not needed”.');
    const gone = action({ state: 'released', reason: 'deployment-gone', transitions: last(5) });
    expect(causeOf(gone, NOW).sentence).toBe('It was released because the deployment is gone.');
  });

  it('is how long a success took', () => {
    const succeeded = action({
      state: 'succeeded',
      statusText: 'ready',
      transitions: last(57.5, { event: 'accepted' }),
    });
    expect(causeOf(succeeded, NOW)).toMatchObject({
      tone: 'good',
      said: null,
      sentence: 'It succeeded: Vercel accepted it after 2.5 s.',
    });
  });

  it('is that the deadline has passed', () => {
    const late = action({ state: 'provisioning', deadlineAt: ago(1), transitions: last(12) });
    expect(causeOf(late, NOW).next).toBe('Its deadline has passed: Vercel is about to hear that it failed.');
  });
});
