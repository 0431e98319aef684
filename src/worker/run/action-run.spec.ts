import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ACCESS,
  ALLOCATION,
  foundOf,
  holding,
  runStateOf,
  viewOf,
} from '../../../test/support/action-run.js';
import { DEADLINE_MS, HeldPorts, quiet, type PortCall } from '../../../test/support/held-ports.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { logTo } from '../../log/log.js';
import { actionsFinished } from '../../metrics/definitions/actions.js';
import type { DeploymentPrefetch } from '../ports/deployment-prefetch.js';
import { ActionRun, type RunEnd } from './action-run.js';
import { FRESH_MS } from '../values/claim.js';
import type { RunMemory } from '../values/run-memory.js';
import { Signals } from '../values/signals.js';
import { WAIT_HERE_MS } from './wait.js';

beforeAll(() => logTo('silent'));

const ONE = { ...ALLOCATION, key: '1' };
const FOUND = { kind: 'found', deployment: foundOf() };
const READY = { status: 'ready', handle: { id: 7 }, secrets: { A: 'a' } };
const PENDING = { status: 'pending', message: 'copying', retryAfterMs: 1_000 };
const ACCEPTED = { kind: 'accepted' };
const LATER = { kind: 'later', status: 503, message: 'busy', retryAfterMs: null, executed: 'no' };
const outage = () => Object.assign(new Error('terminating connection'), { code: '57P01' });

const held = (state: ActionView['state'], over: Partial<ActionView> = {}) =>
  holding({ state, allocation: ONE, ...over });
const toReport = { text: 'ready', secrets: { A: 'a' } };
const opened = (over: Partial<RunMemory> = {}) => ({ callOpenedAt: 0, deadlineAt: DEADLINE_MS, ...over });

/**
 * A run at time 0 whose ports wait for the test. It starts once the test awaits something. The sleep that
 * measures a slow call is left alone.
 */
function world(view: ActionView, memory: Partial<RunMemory> = {}) {
  const ports = new HeldPorts(0);
  const signals = new Signals();
  const writableAsked: number[] = [];
  const state = runStateOf(view, { deadlineAt: DEADLINE_MS, ...memory });
  const all = ports.all();
  const database = { untilWritable: async () => void writableAsked.push(ports.now) };
  const run = new ActionRun(
    { ...state, claim: { ...state.claim, confirmedAt: 0 } },
    { ...all, database },
    signals,
  );
  const end = Promise.resolve().then(() => run.toEnd());
  end.catch(() => undefined);
  const waiting = async () => {
    await quiet();
    const calls = ports.calls();
    const isCall = calls.some(({ kind }) => kind === 'provision' || kind === 'deprovision');
    return calls.filter(({ kind }) => kind !== 'sleep' || !isCall);
  };
  /** Answers the one call that waits, which has to be of this kind. An error is thrown at the loop. */
  const answer = async <Kind extends PortCall['kind']>(kind: Kind, value: unknown) => {
    const calls = await waiting();
    expect(calls.map((call) => call.kind)).toEqual([kind]);
    const [call] = calls as Extract<PortCall, { kind: Kind }>[];
    if (value instanceof Error) ports.fail(call!.n, value);
    else ports.answer(call!.n, value);
    return call!;
  };
  const calls = async () => (await waiting()).map(({ kind }) => kind);
  return { ports, signals, run, end, answer, calls, waiting, writableAsked };
}

type World = ReturnType<typeof world>;
const DONE: RunEnd = { kind: 'done' };

describe('the run of an action', () => {
  it('goes from the queue to its success', async () => {
    actionsFinished.reset();
    const { run, end, answer } = world(viewOf());
    await answer('deployment', FOUND);
    await answer('begin', ONE);
    await answer('provision', READY);
    expect((await answer('apply', true)).update).toMatchObject({ from: 'provisioning', event: 'ready' });
    expect(await answer('report', ACCEPTED)).toMatchObject({ status: 'succeeded', secrets: { A: 'a' } });
    expect((await answer('apply', true)).update).toMatchObject({ from: 'reporting', event: 'accepted' });
    expect(await end).toEqual(DONE);
    expect(run.view.state).toBe('succeeded');
    expect((await actionsFinished.get()).values).toMatchObject([
      { value: 1, labels: { outcome: 'succeeded' } },
    ]);
  });

  it.each<[string, ActionView, (w: World) => Promise<unknown>, ActionView['state']]>([
    [
      'a cancel of the last holder',
      held('canceling', { hold: 'closes' }),
      async ({ answer }) => {
        await answer('deprovision', { status: 'gone' });
        await answer('apply', true);
      },
      'canceled',
    ],
    [
      'a cleanup while others hold the allocation',
      held('releasing'),
      ({ answer }) => answer('release hold', 'left'),
      'released',
    ],
    [
      'a failure',
      viewOf({ state: 'failing' }),
      async ({ answer }) => {
        expect(await answer('report', ACCEPTED)).toMatchObject({ status: 'failed' });
        await answer('apply', true);
        await answer('apply', true);
      },
      'failed',
    ],
  ])('ends %s', async (_, view, script, state) => {
    const all = world(view);
    await script(all);
    expect(await all.end).toEqual(DONE);
    expect(all.run.view.state).toBe(state);
  });

  it('is over at once for an action at rest', async () => {
    const { end, calls } = world(viewOf({ state: 'succeeded' }));
    expect(await end).toEqual(DONE);
    expect(await calls()).toEqual([]);
  });

  it('drops the prefetched answer if no step used it', async () => {
    const drop = vi.fn<() => void>();
    const prefetch = { drop, answer: () => Promise.resolve(FOUND) } as unknown as DeploymentPrefetch;
    const { end } = world(viewOf({ state: 'succeeded' }), { prefetch });
    await end;
    expect(drop).toHaveBeenCalledTimes(1);
  });

  it('throws what its ports throw', async () => {
    const { end, answer } = world(viewOf());
    await answer('deployment', FOUND);
    await answer('begin', new Error('no such column'));
    await expect(end).rejects.toThrow('no such column');
  });

  it('counts its turns, and is watchable only while a step is decided', async () => {
    const { run, answer, calls } = world(viewOf());
    await calls();
    expect([run.turn, run.watchable]).toEqual([1, true]);
    await answer('deployment', FOUND);
    await calls();
    expect([run.turn, run.watchable]).toEqual([1, false]);
    await answer('begin', ONE);
    await calls();
    expect([run.turn, run.watchable]).toEqual([2, true]);
  });
});

describe('a provision call', () => {
  it('is recorded before it is made', async () => {
    const { ports, run, answer, calls } = world(held('provisioning'));
    ports.now = 10;
    expect((await answer('apply', true)).update).toEqual({
      id: run.view.id,
      attempt: run.view.attempt,
      from: 'provisioning',
      call: 'starts',
    });
    expect(await calls()).toEqual(['provision']);
    expect(run.memory.callOpenedAt).toBe(10);
    expect(run.state.claim.confirmedAt).toBe(10);
  });

  it('is recorded once', async () => {
    expect(await world(held('provisioning'), opened()).calls()).toEqual(['provision']);
  });

  it('is not made when the row has moved', async () => {
    const { end, answer, calls } = world(held('provisioning'));
    await answer('apply', false);
    await answer('view', held('canceling'));
    expect(await calls()).toEqual(['release hold']);
    await answer('release hold', 'left');
    expect(await end).toEqual(DONE);
  });

  it('is recorded again after a pause of the process', async () => {
    const { ports, run, answer, calls } = world(held('provisioning'));
    await quiet();
    ports.now = FRESH_MS;
    await answer('apply', true);
    await answer('view', held('provisioning'));
    expect(await calls()).toEqual(['apply']);
    expect(run.memory.callOpenedAt).toBeNull();
    expect((await answer('apply', true)).update).toMatchObject({ call: 'starts' });
    await answer('provision', READY);
  });

  it.each<[string, unknown, object, object]>([
    ['settled, with its handle', READY, { call: 'settled', handle: { value: { id: 7 }, seen: null } }, {}],
    ['settled, without a handle', PENDING, { call: 'settled' }, { handle: expect.anything() }],
    ['stray', new Error('reset'), { call: 'stray' }, { handle: expect.anything() }],
  ])('whose row moved meanwhile is written down as %s', async (_, answered, end, absent) => {
    const { run, answer, calls } = world(held('provisioning'), opened());
    await answer('provision', answered);
    await answer('apply', false);
    await answer('view', held('canceling'));
    const { update } = await answer('apply', true);
    expect(update).toMatchObject({ from: 'canceling', ...end });
    for (const key of Object.keys(absent)) expect(update).not.toHaveProperty(key);
    await answer('view', held('canceling'));
    expect(run.memory.callOpenedAt).toBeNull();
    expect(await calls()).toEqual(['release hold']);
  });

  it('is stored again until the row no longer moves', async () => {
    const { answer, calls } = world(held('provisioning'), opened());
    await answer('provision', READY);
    await answer('apply', false);
    await answer('view', held('canceling'));
    await answer('apply', false);
    await answer('view', held('releasing'));
    expect((await answer('apply', true)).update).toMatchObject({ from: 'releasing', call: 'settled' });
    await answer('view', held('releasing'));
    expect(await calls()).toEqual(['release hold']);
  });

  it('is not stored after the claim was lost', async () => {
    const { end, answer } = world(held('provisioning'), opened());
    await answer('provision', READY);
    await answer('apply', false);
    await answer('view', undefined);
    expect(await end).toEqual(DONE);
  });
});

describe('a row that moved', () => {
  it('interrupts the step, and the next one is for the new state', async () => {
    const { run, signals, answer, calls } = world(held('reporting'), { toReport, tries: 2 });
    expect(await calls()).toEqual(['report']);
    signals.interrupt('moved');
    await answer('view', held('releasing', { deadlineMs: 500 }));
    expect(await calls()).toEqual(['release hold']);
    expect(run.memory).toMatchObject({ tries: 0, deadlineAt: 500 });
    expect(signals.interruption).toBeNull();
  });

  it('keeps the number of tries if its state is unchanged', async () => {
    const { run, signals, answer, calls } = world(held('reporting'), { toReport, tries: 2 });
    await calls();
    signals.interrupt('moved');
    await answer('view', held('reporting'));
    expect(await calls()).toEqual(['report']);
    expect(run.memory.tries).toBe(2);
  });

  it('ends the run when another worker has claimed it', async () => {
    const { end, signals, calls, answer } = world(held('reporting'), { toReport });
    await calls();
    signals.interrupt('moved');
    await answer('view', undefined);
    expect(await end).toEqual(DONE);
    expect(signals.lost).toBe(true);
  });

  it('is read before a step when the claim is no longer fresh', async () => {
    const { ports, run, answer, calls } = world(held('reporting'), { toReport });
    ports.now = FRESH_MS;
    await answer('view', held('reporting'));
    expect(await calls()).toEqual(['report']);
    expect(run.state.claim.confirmedAt).toBe(FRESH_MS);
  });

  it('is read once before a step when every read takes longer than a claim is fresh', async () => {
    const { ports, answer, calls } = world(held('reporting'), { toReport });
    ports.now = FRESH_MS;
    await calls();
    ports.now = 2 * FRESH_MS;
    await answer('view', held('reporting'));
    expect(await calls()).toEqual(['report']);
  });

  it('confirms the claim by every write that took effect', async () => {
    const { ports, run, answer, calls } = world(held('provisioning'), opened());
    await calls();
    ports.now = 3_000;
    await answer('provision', READY);
    await answer('apply', true);
    expect(await calls()).toEqual(['report']);
    expect(run.state.claim.confirmedAt).toBe(3_000);
  });

  it('does not confirm the claim by a write without effect', async () => {
    const { ports, run, answer, calls } = world(held('provisioning'), opened());
    await calls();
    ports.now = 3_000;
    await answer('provision', READY);
    await answer('apply', false);
    expect(await calls()).toEqual(['view']);
    expect(run.state.claim.confirmedAt).toBe(0);
  });

  it.each([undefined, held('reporting')])('of a lost claim gets no further step: %o', async (view) => {
    const { end, signals, calls, answer } = world(held('reporting'), { toReport });
    await calls();
    signals.interrupt('lost');
    await answer('view', view);
    expect(await end).toEqual(DONE);
    expect(await calls()).toEqual([]);
  });
});

describe('a shutdown', () => {
  const HANDED_BACK: RunEnd = { kind: 'handed-back' };

  it('hands the action back before a step', async () => {
    const { end, signals, calls } = world(held('releasing'));
    signals.drain();
    expect(await end).toEqual(HANDED_BACK);
    expect(await calls()).toEqual([]);
  });

  it('cancels the announcement of a call that was not made', async () => {
    const { end, signals, answer } = world(held('provisioning'));
    await quiet();
    signals.drain();
    await answer('apply', true);
    await answer('provision', PENDING);
    await answer('apply', true);
    expect((await answer('report', ACCEPTED)).status).toBe('running');
    expect(await end).toEqual(HANDED_BACK);
  });

  it('settles an open call', async () => {
    const { run, end, signals, answer } = world(held('provisioning'), opened());
    signals.interrupt('shutdown');
    expect((await answer('apply', true)).update).toEqual({
      id: run.view.id,
      attempt: run.view.attempt,
      from: 'provisioning',
      call: 'settled',
    });
    expect(await end).toEqual(HANDED_BACK);
  });

  it('tries once to report secrets that only this process has', async () => {
    const { end, signals, answer } = world(held('reporting'), { toReport });
    signals.drain();
    await answer('report', LATER);
    await answer('apply', true);
    expect(await end).toEqual(HANDED_BACK);
  });

  it('interrupts that report after the grace period', async () => {
    const { end, signals, calls, answer } = world(held('reporting'), { toReport });
    signals.drain();
    expect(await calls()).toEqual(['report']);
    signals.interrupt('shutdown');
    await answer('view', held('reporting'));
    expect(await end).toEqual(HANDED_BACK);
  });

  it('starts no report of a failure', async () => {
    const { end, signals } = world(held('failing'), { toReport });
    signals.drain();
    expect(await end).toEqual(HANDED_BACK);
  });
});

describe('a wait', () => {
  it('that is short stays in the process; progress goes to Vercel meanwhile', async () => {
    const { ports, run, answer, calls, waiting } = world(held('provisioning'), opened());
    await answer('provision', PENDING);
    await answer('apply', true);
    const [report, sleep] = await waiting();
    expect([report, sleep]).toMatchObject([
      { kind: 'report', status: 'running' },
      { kind: 'sleep', ms: 1_000 },
    ]);
    ports.answer(report!.n, ACCEPTED);
    ports.answer(sleep!.n, undefined);
    await answer('access', [{ ...ACCESS, token: 'newer' }]);
    await answer('view', held('provisioning'));
    expect((await answer('apply', true)).update).toMatchObject({ call: 'starts' });
    expect(await calls()).toEqual(['provision']);
    expect(run.state.access.token).toBe('newer');
    expect(run.memory.lastProgress).toBe('copying');
  });

  it('that is long becomes a deferred job', async () => {
    const { end, answer } = world(held('provisioning'), opened());
    await answer('provision', { ...PENDING, retryAfterMs: WAIT_HERE_MS + 1 });
    await answer('apply', true);
    await answer('report', ACCEPTED);
    expect(await end).toEqual({ kind: 'defer', ms: WAIT_HERE_MS + 1 });
  });

  it('of the maximum length stays in the process', async () => {
    const { answer, calls } = world(held('provisioning'), opened());
    await answer('provision', { ...PENDING, retryAfterMs: WAIT_HERE_MS });
    await answer('apply', true);
    expect(await calls()).toEqual(['report', 'sleep']);
  });

  it('keeps its access when none is found', async () => {
    const { run, answer } = world(held('releasing', { hold: 'closes' }));
    await answer('deprovision', PENDING);
    await answer('apply', true);
    await answer('sleep', undefined);
    await answer('access', []);
    await answer('view', held('releasing', { hold: 'closes' }));
    expect(run.state.access).toEqual(ACCESS);
  });

  it('is cut short by a move', async () => {
    const { signals, answer, calls } = world(held('releasing', { hold: 'closes' }));
    await answer('deprovision', PENDING);
    await answer('apply', true);
    expect(await calls()).toEqual(['sleep']);
    signals.interrupt('moved');
    expect(await calls()).toEqual(['view']);
  });

  it('is over when Vercel answers that the deployment is gone', async () => {
    const { ports, answer, waiting } = world(held('provisioning'), opened());
    await answer('provision', PENDING);
    await answer('apply', true);
    const [report, sleep] = await waiting();
    ports.answer(report!.n, { kind: 'gone', message: 'deleted' });
    ports.answer(sleep!.n, undefined);
    expect((await answer('apply', true)).update).toMatchObject({
      event: 'release',
      reason: 'deployment-gone',
    });
  });

  it('of a failed try is as long as its back-off', async () => {
    const { run, answer, waiting } = world(held('reporting'), { toReport, tries: 1 });
    await answer('report', { ...LATER, retryAfterMs: 10 });
    await answer('apply', true);
    expect(await waiting()).toMatchObject([{ kind: 'sleep', ms: 1_000 }]);
    expect(run.memory.tries).toBe(2);
  });
});

describe('an outage of the database', () => {
  it.each<[string, ActionView, Partial<RunMemory>, number]>([
    ['delays a step', held('provisioning'), opened(), 1],
    ['delays a removal', held('releasing'), { toReport }, 1],
    ['delays a failure that Vercel has', held('failing', { failureReport: 'accepted' }), {}, 1],
    ['delays the call that makes the secrets again', held('reporting'), opened(), 1],
    ['does not delay the report of a success', held('reporting'), { toReport }, 0],
    ['does not delay the report of a failure', held('failing'), {}, 0],
  ])('%s', async (_, view, memory, times) => {
    const { writableAsked, calls } = world(view, memory);
    await calls();
    expect(writableAsked).toHaveLength(times);
  });

  it('does not lose the result of a call', async () => {
    const { end, answer, writableAsked } = world(held('reporting'), { toReport });
    await answer('report', ACCEPTED);
    await answer('apply', outage());
    await answer('sleep', undefined);
    expect(writableAsked).toHaveLength(1);
    expect((await answer('apply', true)).update).toMatchObject({ event: 'accepted' });
    expect(await end).toEqual(DONE);
  });
});
