import { describe, expect, it } from 'vitest';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { runsOf } from './time-bars.js';

const T0 = Date.parse('2026-01-31T12:00:00.000Z');
const at = (ms: number): string => new Date(T0 + ms).toISOString();

type Step = [event: string, to: string, ms: number, deliveryId?: string];
const action = (steps: Step[], over: object = {}): ActionDetail =>
  ({
    transitions: steps.map(([event, to, ms, deliveryId = null]) => ({
      event,
      to,
      at: at(ms),
      actor: 'vercel',
      deliveryId,
    })),
    calls: [],
    deliveries: [],
    ...over,
  }) as unknown as ActionDetail;

const START: Step[] = [
  ['start', 'queued', 0, 'd1'],
  ['begin', 'provisioning', 100],
  ['ready', 'reporting', 2_100],
  ['accepted', 'succeeded', 2_400],
];
const shape = (detail: ActionDetail, now = 0): unknown[] =>
  runsOf(detail, T0 + now).map(({ ms, bars }) => [ms, ...bars.map(({ name, ms }) => `${name} ${ms}`)]);

describe('where the time went', () => {
  it('is one bar for each state until it rests', () => {
    expect(shape(action(START))).toEqual([[2_400, 'queued 100', 'provisioning 2000', 'reporting 300']]);
  });

  it('lasts until now while a worker acts', () => {
    const runs = runsOf(action(START.slice(0, 2)), T0 + 5_100);
    expect(runs[0]).toMatchObject({ ms: 5_100, bars: [{ open: false }, { ms: 5_000, open: true }] });
  });

  it('omits rest: a later release is a separate run', () => {
    const released: Step[] = [
      ...START,
      ['release', 'releasing', 90_000_000],
      ['gone', 'released', 90_000_700],
    ];
    expect(shape(action(released))).toEqual([expect.anything(), [700, 'releasing 700']]);
  });

  it('begins when Vercel made the event, unless its clock is ahead', () => {
    const deliveries = [{ id: 'd1', eventCreatedAt: at(-400) }];
    expect(shape(action(START, { deliveries }))[0]).toContain('webhook 400');
    const ahead = [{ id: 'd1', eventCreatedAt: at(900) }];
    expect(shape(action(START, { deliveries: ahead }))).toEqual(shape(action(START)));
  });

  it('assigns the calls of a retry to the retry, even an immediate one', () => {
    const steps: Step[] = [
      ...START.slice(0, 1),
      ['fail', 'failing', 50],
      ['gone', 'failed', 100],
      ['retry', 'queued', 110],
    ];
    const calls = [{ operation: 'getDeployment', at: at(140), durationMs: 20 }];
    const runs = runsOf(action(steps, { calls }), T0 + 200);
    expect(runs.map(({ bars }) => bars.filter(({ kind }) => kind === 'vercel').length)).toEqual([0, 1]);
  });

  it('shows each call to Vercel at its time, only in its run', () => {
    const calls = [
      { operation: 'getDeployment', at: at(80), durationMs: 60 },
      { operation: 'updateAction', at: at(2_200), durationMs: 50 },
      { operation: 'updateAction', at: at(2_390), durationMs: 80 },
    ];
    const [run] = runsOf(action(START, { calls }), T0);
    expect(run?.bars.slice(3)).toMatchObject([
      { name: 'Vercel: getDeployment', stretches: [{ from: 20, ms: 60 }] },
      { name: 'Vercel: updateAction', ms: 130, stretches: [{ from: 2_150 }, { from: 2_310 }] },
    ]);
  });
});
