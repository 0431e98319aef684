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

describe('the cause of an action', () => {
  it('names what the action waits for, for how long, its status text and the time left', () => {
    const waiting = action({ state: 'provisioning', statusText: 'copying 40 %', transitions: last(12) });
    expect(causeOf(waiting, NOW)).toEqual({
      tone: 'busy',
      sentence: 'Waiting for 12 s for the provisioner of branch.',
      text: 'copying 40 %',
      next: '1 min 30 s left until the deadline. After that, Drawbridge reports a failure to Vercel.',
    });
  });

  it('is a missing worker', () => {
    const waiting = action({ state: 'queued', attempts: 0, transitions: last(40) });
    expect(causeOf(waiting, NOW)).toMatchObject({
      tone: 'bad',
      sentence: 'No worker has claimed the action for 40 s. Check that workers are running.',
    });
  });

  it('names the answer of Vercel if it does not accept the report', () => {
    const calls = [{ status: 503, code: 'unavailable' }];
    const { sentence, tone } = causeOf(action({ state: 'reporting', transitions: last(9), calls }), NOW);
    expect([tone, sentence]).toEqual([
      'bad',
      'Ready. Waiting for 9.0 s for Vercel to accept the report. Its last answer: 503 (unavailable).',
    ]);
  });

  it('explains the failure and what the operator can do', () => {
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
      sentence: 'The action failed because its deadline passed before it was ready.',
      text: 'no answer from db1',
      next: 'Nothing remains at the backend. The deadline has passed. Ask the customer to redeploy.',
    });
    expect(causeOf({ ...failed, commands: [] }, NOW).next).toContain('you can retry the action');
  });

  it('names the operator who canceled, and the text that the customer reads', () => {
    const abort = { event: 'abort', actor: 'operator:alice', reason: 'wrong branch' };
    const statusText = 'canceled by the provider: wrong branch';
    const reason = 'canceled-by-operator';
    const failed = action({ state: 'failed', reason, statusText, transitions: last(5, abort) });
    expect(causeOf(failed, NOW)).toMatchObject({
      sentence: 'The action failed because alice canceled it.',
      text: statusText,
    });
  });

  it('names who canceled or released, with the given reason', () => {
    const cancel = { event: 'cancel', actor: 'operator:alice', reason: 'wrong branch' };
    const canceled = action({ state: 'canceled', transitions: last(5, cancel) });
    expect(causeOf(canceled, NOW).sentence).toBe('The action was canceled by alice: “wrong branch”.');
    const release = { event: 'release', actor: 'operator:alice', reason: 'not needed' };
    const released = action({ state: 'released', reason: 'not needed', transitions: last(5, release) });
    expect(causeOf(released, NOW).sentence).toBe('The action was released by alice: “not needed”.');
    const gone = action({ state: 'released', reason: 'deployment-gone', transitions: last(5) });
    expect(causeOf(gone, NOW).sentence).toBe(
      'The action was released because the deployment no longer exists.',
    );
  });

  it('names the duration of a success', () => {
    const succeeded = action({
      state: 'succeeded',
      statusText: 'ready',
      transitions: last(57.5, { event: 'accepted' }),
    });
    expect(causeOf(succeeded, NOW)).toMatchObject({
      tone: 'good',
      text: null,
      sentence: 'The action succeeded: Vercel accepted the report after 2.5 s.',
    });
  });

  it('is a deadline that has passed', () => {
    const late = action({ state: 'provisioning', deadlineAt: ago(1), transitions: last(12) });
    expect(causeOf(late, NOW).next).toBe(
      'The deadline has passed. Drawbridge is about to report the failure to Vercel.',
    );
  });
});
