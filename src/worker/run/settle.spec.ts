import { describe, expect, it } from 'vitest';
import { ALLOCATION, holding, memoryOf, NO_DEPLOYMENT, viewOf } from '../../../test/support/action-run.js';
import type { ActionView } from '../../action/claims/action-view.js';
import type { Decline } from '../../action/updates/decline.js';
import type { GuardedUpdate } from '../../action/updates/guarded-update.js';
import type { HoldReleaseResult } from '../../action/updates/release-hold.js';
import type { RunMemory } from '../values/run-memory.js';
import type { RunRepository } from '../ports/run-repository.js';
import { settle } from './settle.js';
import type { StepResult } from '../values/step-result.js';

/** A repository that applies every write, or none, and keeps the arguments. */
function repositoryOf(writes = true, hold: HoldReleaseResult = 'closes') {
  const updates: GuardedUpdate[] = [];
  const repository: RunRepository = {
    view: async () => undefined,
    begin: async () => (writes ? ALLOCATION : undefined),
    decline: async () => writes,
    apply: async (update) => (updates.push(update), writes),
    releaseHold: async () => hold,
  };
  return { updates, ports: { repository, sealer: { seal: (seed: Buffer) => seed }, now: 7 } };
}

const view = (state: ActionView['state'], over: Partial<ActionView> = {}) => holding({ state, ...over });
const handle = { value: { id: 1 }, seen: null };
const begin = { kind: 'begin', deployment: NO_DEPLOYMENT, identity: 'i', keyBase: 'k', options: {} } as const;
const ready = { kind: 'ready', handle, secrets: { A: 'a' }, message: null } as const;
const pending = { kind: 'pending', message: 'copying', retryAfterMs: 500 } as const;
const later = { kind: 'later', text: 'busy', retryAfterMs: null } as const;

type Row = [StepResult, ActionView, Partial<RunMemory>, object | null, object, Partial<RunMemory>, object];

describe('settle', () => {
  it.each<Row>([
    [
      begin,
      viewOf(),
      {},
      null,
      { state: 'provisioning', hold: 'holds' },
      { callOpenedAt: 7 },
      { kind: 'next' },
    ],
    [
      ready,
      view('provisioning'),
      { callOpenedAt: 1 },
      { event: 'ready', to: 'reporting', call: 'settled', handle, progressText: 'ready' },
      { state: 'reporting' },
      { callOpenedAt: null, toReport: { text: 'ready', secrets: { A: 'a' } } },
      { kind: 'next' },
    ],
    [
      pending,
      view('provisioning'),
      { callOpenedAt: 1, tries: 3 },
      { call: 'settled', progressText: 'copying' },
      { state: 'provisioning', progressText: 'copying' },
      { callOpenedAt: null, tries: 0 },
      { kind: 'wait', ms: 500, progress: 'copying' },
    ],
    [
      { ...later, call: 'stray' },
      view('provisioning'),
      { callOpenedAt: 1, tries: 1 },
      { call: 'stray', progressText: 'busy' },
      { state: 'provisioning' },
      { callOpenedAt: null, tries: 2 },
      { kind: 'wait', ms: 0, progress: null },
    ],
    [
      { kind: 'refused', text: 'no' },
      view('reporting'),
      {},
      { event: 'refused', to: 'failing', reason: 'refused', failureText: 'no' },
      { state: 'failing', failureReport: null, reason: 'refused', failureText: 'no', progressText: null },
      {},
      { kind: 'next' },
    ],
    [
      { kind: 'failure-reported', report: 'unknown' },
      view('failing'),
      {},
      { failureReport: 'unknown' },
      { state: 'failing', failureReport: 'unknown' },
      {},
      { kind: 'next' },
    ],
    [
      { kind: 'gone', closes: true },
      view('failing', { hold: 'closes', failureText: 'no room; meanwhile: no', progressText: 'busy' }),
      {},
      { event: 'gone', to: 'failed', outcome: 'failed', closes: true },
      { state: 'failed', hold: null, failureText: 'no room; meanwhile: no', progressText: null },
      {},
      { kind: 'next' },
    ],
    [
      { kind: 'gone', closes: true },
      view('canceling', { hold: 'closes' }),
      {},
      { event: 'gone', to: 'canceled', outcome: 'canceled', closes: true },
      { state: 'canceled', hold: null },
      {},
      { kind: 'next' },
    ],
  ])('records %o', async (result, before, memory, update, after, learned, next) => {
    const { updates, ports } = repositoryOf();
    const settled = await settle({ view: before, memory: memoryOf(memory) }, result, ports);
    const guard = { id: before.id, attempt: before.attempt, from: before.state };
    expect(updates).toEqual(update === null ? [] : [{ ...guard, ...update }]);
    expect(settled).toMatchObject({ view: after, memory: learned, next });
  });

  it.each<StepResult>([ready, pending, later, { kind: 'interrupted' }])(
    'changes nothing when the row has moved: %o',
    async (result) => {
      const known = { view: view('provisioning'), memory: memoryOf({ callOpenedAt: 1 }) };
      const settled = await settle(known, result, repositoryOf(false).ports);
      expect(settled).toEqual({ ...known, next: { kind: 'moved' } });
    },
  );

  it.each<[HoldReleaseResult, object]>([
    ['left', { view: { state: 'released', hold: null }, next: { kind: 'next' } }],
    ['closes', { view: { state: 'releasing', hold: 'holds' }, next: { kind: 'moved' } }],
    ['moved', { view: { state: 'releasing' }, next: { kind: 'moved' } }],
  ])('releases a hold: %s', async (hold, settled) => {
    const known = { view: view('releasing'), memory: memoryOf() };
    const { ports } = repositoryOf(true, hold);
    expect(await settle(known, { kind: 'release-hold' }, ports)).toMatchObject(settled);
  });

  it('stores why a removal fails after the failure report, beside the failure text', async () => {
    const failing = (failureReport: ActionView['failureReport']) =>
      view('failing', { failureText: 'no room', failureReport });
    for (const [report, progressText] of [
      [null, undefined],
      ['accepted', 'busy'],
    ] as const) {
      const { updates, ports } = repositoryOf();
      const settled = await settle({ view: failing(report), memory: memoryOf() }, later, ports);
      expect(updates[0]?.progressText).toBe(progressText);
      expect(updates[0]?.failureText).toBeUndefined();
      expect(settled.view).toMatchObject({ failureText: 'no room', progressText: progressText ?? null });
    }
  });

  it('throws when the state machine has no such change', async () => {
    const known = { view: view('canceling'), memory: memoryOf() };
    await expect(settle(known, { kind: 'accepted' }, repositoryOf().ports)).rejects.toThrow('no transition');
  });
});

describe('the verdict on a deployment that the action does not serve', () => {
  const deployment = { ...NO_DEPLOYMENT, gitRef: 'main' };
  const skip = { kind: 'skip', deployment, text: 'nothing to do' } as const;
  const notServed = { kind: 'fail', reason: 'not-served', text: 'not served', deployment } as const;
  const queued = viewOf({ allocation: ALLOCATION });

  it.each<[StepResult, object, object]>([
    [skip, { event: 'skip', to: 'reporting', reason: null }, { state: 'reporting', allocation: null }],
    [
      notServed,
      { event: 'fail', to: 'failing', reason: 'not-served' },
      { state: 'failing', reason: 'not-served', allocation: ALLOCATION },
    ],
  ])('is written: %o', async (result, written, after) => {
    const declined: Decline[] = [];
    const { ports } = repositoryOf();
    const repository = { ...ports.repository, decline: async (item: Decline) => (declined.push(item), true) };
    const known = { view: queued, memory: memoryOf() };
    const settled = await settle(known, result, { ...ports, repository });
    const { id, attempt } = queued;
    expect(declined).toMatchObject([{ id, attempt, gitRef: 'main', ...written }]);
    expect(settled).toMatchObject({ view: { gitRef: 'main', ...after }, next: { kind: 'next' } });
    expect(settled.memory).toBe(known.memory);
  });

  it.each<StepResult>([skip, notServed, begin])(
    'changes nothing when the row has moved: %o',
    async (result) => {
      const known = { view: queued, memory: memoryOf() };
      const settled = await settle(known, result, repositoryOf(false).ports);
      expect(settled).toEqual({ ...known, next: { kind: 'moved' } });
    },
  );
});

describe('the release of a hold', () => {
  it.each<[ActionView['state'], object]>([
    ['failing', { to: 'failed', outcome: 'failed' }],
    ['canceling', { to: 'canceled', outcome: 'canceled' }],
    ['releasing', { to: 'released', outcome: null }],
  ])('in %s names where the action then rests', async (from, expected) => {
    const released: object[] = [];
    const { ports } = repositoryOf();
    const releaseHold = async (item: object): Promise<HoldReleaseResult> => (released.push(item), 'left');
    const settling = { ...ports, repository: { ...ports.repository, releaseHold } };
    const before = view(from);
    await settle({ view: before, memory: memoryOf() }, { kind: 'release-hold' }, settling);
    expect(released).toEqual([{ id: before.id, attempt: before.attempt, from, ...expected }]);
  });
});
