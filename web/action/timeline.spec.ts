import { describe, expect, it } from 'vitest';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { timelineOf } from './timeline.js';

const at = (second: number): string => `2026-01-31T12:00:${String(second).padStart(2, '0')}.000Z`;
const call = (second: number, over: object = {}): object => ({
  id: `${second}`,
  at: at(second),
  operation: 'updateAction',
  method: 'PATCH',
  status: 503,
  durationMs: 20,
  attempt: second,
  code: null,
  told: 'running',
  said: null,
  ...over,
});
const action = (over: object): ActionDetail =>
  ({
    id: 'a',
    statusText: null,
    updatedAt: at(1),
    deliveries: [
      { id: 'd', type: 'deployment.integration.action.start', receivedAt: at(0), actor: 'vercel', times: 1 },
    ],
    transitions: [
      { id: '1', at: at(0), from: 'none', to: 'queued', event: 'start', actor: 'vercel', reason: null },
    ],
    calls: [],
    ...over,
  }) as unknown as ActionDetail;

const lines = (detail: ActionDetail): string[] =>
  timelineOf(detail).map(({ title, detail, times }) => `${title} | ${detail} | ${times}`);

describe('the timeline of an action', () => {
  it('puts the webhook before its transition, and calls and texts in order of time', () => {
    const calls = [call(3, { status: 202, attempt: 1 })];
    expect(lines(action({ calls, statusText: 'copying', updatedAt: at(2) }))).toEqual([
      'Webhook start | null | 1',
      'queued | start by Vercel | 1',
      'copying | null | 1',
      'Vercel updateAction (running): 202 | PATCH in 20 ms | 1',
    ]);
  });

  it('folds equal calls in a row, with their number and last time', () => {
    const calls = [call(1), call(2), call(3), call(4, { status: 202 })];
    const entries = timelineOf(action({ calls })).slice(2);
    expect(entries).toMatchObject([
      { title: 'Vercel updateAction (running): 503', times: 3, at: at(1), until: at(3), tone: 'bad' },
      { title: 'Vercel updateAction (running): 202', times: 1, until: null, tone: 'quiet' },
    ]);
  });

  it('shows each reported text once, and the last text even if it was not reported', () => {
    const calls = [
      call(1, { said: '20 %', status: 202 }),
      call(2, { said: '60 %' }),
      call(3, { said: '60 %', status: 202 }),
      call(4, { said: 'ready', told: 'succeeded', status: 202 }),
    ];
    const texts = (over: object): string[] =>
      timelineOf(action({ calls, ...over }))
        .filter(({ kind }) => kind === 'message')
        .map(({ title }) => title);
    expect(texts({ statusText: 'ready', updatedAt: at(5) })).toEqual(['20 %', '60 %']);
    expect(texts({ statusText: 'gone soon', updatedAt: at(5) })).toEqual(['20 %', '60 %', 'gone soon']);
  });

  it('shows who sent a command and why, and explains reason codes', () => {
    const transitions = [
      {
        id: '1',
        at: at(1),
        from: 'failing',
        to: 'failed',
        event: 'gone',
        actor: 'worker',
        reason: 'deadline',
      },
      {
        id: '2',
        at: at(2),
        from: 'failed',
        to: 'queued',
        event: 'retry',
        actor: 'operator:alice',
        reason: 'fixed it',
      },
    ];
    expect(lines(action({ deliveries: [], transitions }))).toEqual([
      'failing → failed | gone by the worker: its deadline passed before it was ready | 1',
      'failed → queued | retry by alice: “fixed it” | 1',
    ]);
  });

  it('counts a webhook that came several times', () => {
    const deliveries = [
      { id: 'd', type: 'x.start', receivedAt: at(0), lastReceivedAt: at(9), actor: 'vercel', times: 3 },
    ];
    expect(timelineOf(action({ deliveries }))[0]).toMatchObject({ times: 3, until: at(9), delivery: 'd' });
  });
});
