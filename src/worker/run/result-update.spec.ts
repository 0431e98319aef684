import { describe, expect, it } from 'vitest';
import { holding, memoryOf, viewOf } from '../../../test/support/action-run.js';
import type { ActionView } from '../../action/claims/action-view.js';
import {
  callEndOf,
  stateAfter,
  updateFor,
  viewAfter,
  type RowUpdate,
  type UpdateResult,
} from './result-update.js';
import type { CallEnd, StepResult } from '../values/step-result.js';

const handle = { value: { id: 1 }, seen: null };
const view = (state: ActionView['state'], over: Partial<ActionView> = {}) => holding({ state, ...over });
const ready = { kind: 'ready', handle, secrets: {}, message: null } as const;
const pending = { kind: 'pending', message: 'copying', retryAfterMs: 500 } as const;
const fail = { kind: 'fail', reason: 'permanent', text: 'no room' } as const;
const later = { kind: 'later', text: 'busy', retryAfterMs: null } as const;
const gone = { kind: 'gone', closes: true } as const;

describe('the update for a result', () => {
  it.each<[UpdateResult, ActionView, Partial<RowUpdate>, (keyof RowUpdate)[]]>([
    [ready, view('provisioning'), { event: 'ready', to: 'reporting', call: 'settled', handle }, ['outcome']],
    [ready, view('reporting'), { call: 'settled', handle }, ['event', 'to']],
    [pending, view('provisioning'), { call: 'settled' }, ['event', 'to', 'handle']],
    [{ ...pending, handle }, view('provisioning'), { call: 'settled', handle }, ['event']],
    [
      { ...fail, call: 'stray' },
      view('provisioning'),
      { event: 'fail', to: 'failing', reason: 'permanent', call: 'stray' },
      [],
    ],
    [fail, view('queued'), { event: 'fail', to: 'failing', reason: 'permanent' }, ['call']],
    [
      { kind: 'abandoned', reason: 'installation-removed', text: 'removed' },
      view('queued'),
      { event: 'release', to: 'releasing', reason: 'installation-removed' },
      ['call'],
    ],
    [
      { kind: 'accepted' },
      view('reporting'),
      { event: 'accepted', to: 'succeeded', outcome: 'succeeded' },
      ['call'],
    ],
    [
      { kind: 'refused', text: 'no' },
      view('reporting'),
      { event: 'refused', to: 'failing', reason: 'refused' },
      ['call'],
    ],
    [
      { kind: 'refused', reason: 'deployment-settled', text: 'no', call: 'settled' },
      view('reporting'),
      { event: 'refused', to: 'failing', reason: 'deployment-settled', call: 'settled' },
      [],
    ],
    [
      { kind: 'failure-reported', report: 'accepted' },
      view('failing'),
      { failureReport: 'accepted' },
      ['event', 'to'],
    ],
    [gone, view('failing'), { event: 'gone', to: 'failed', outcome: 'failed', closes: true }, []],
    [gone, view('canceling'), { event: 'gone', to: 'canceled', outcome: 'canceled', closes: true }, []],
    [gone, view('releasing'), { event: 'gone', to: 'released', closes: true }, ['outcome']],
    [{ ...gone, closes: false }, view('releasing'), { event: 'gone', to: 'released' }, ['closes', 'outcome']],
    [later, view('releasing'), {}, ['event', 'call']],
    [{ ...later, call: 'settled' }, view('reporting'), { call: 'settled' }, ['event']],
    [{ kind: 'quieting', text: 'waiting', retryAfterMs: 1 }, view('releasing'), {}, ['event', 'call']],
  ])('%o', (result, before, written, absent) => {
    const update = updateFor(before, memoryOf({ callOpenedAt: 1 }), result);
    expect(update).toMatchObject(written);
    for (const column of absent) expect(update).not.toHaveProperty(column);
  });

  it('leaves the call unchanged when none is open', () => {
    expect(updateFor(view('provisioning'), memoryOf({ callOpenedAt: null }), pending)).not.toHaveProperty(
      'call',
    );
  });

  it('throws for a change that the table lacks', () => {
    expect(() => updateFor(view('canceling'), memoryOf(), ready)).not.toThrow();
    expect(() => updateFor(view('canceling'), memoryOf(), fail)).toThrow(
      'no transition from canceling by fail',
    );
  });
});

describe('the view after a write', () => {
  const before = view('failing', {
    failureReport: 'none',
    reason: 'permanent',
    hold: 'closes',
    outcome: null,
  });

  it.each<[string, RowUpdate, Partial<ActionView>]>([
    ['keeps what was not written', {}, { ...before }],
    [
      'has the new state',
      { to: 'releasing', reason: 'deployment-gone' },
      { state: 'releasing', reason: 'deployment-gone', failureReport: 'none' },
    ],
    ['forgets the report of an earlier failure', { to: 'failing' }, { failureReport: null }],
    ['knows the report', { failureReport: 'accepted' }, { failureReport: 'accepted', state: 'failing' }],
    [
      'has the outcome',
      { to: 'failed', outcome: 'failed', closes: true },
      { state: 'failed', outcome: 'failed', hold: null },
    ],
  ])('%s', (_, update, after) => expect(viewAfter(before, update)).toMatchObject(after));
});

describe('the end of the call of an interrupted step', () => {
  it.each<[StepResult, CallEnd]>([
    [ready, 'settled'],
    [pending, 'settled'],
    [{ kind: 'begin', deployment: {} as never, identity: 'i', keyBase: 'k', options: {} }, 'settled'],
    [{ ...fail, call: 'settled' }, 'settled'],
    [{ ...later, call: 'stray' }, 'stray'],
    [later, 'stray'],
    [{ kind: 'interrupted' }, 'stray'],
    [{ kind: 'interrupted', call: 'settled' }, 'settled'],
    [{ kind: 'accepted' }, 'stray'],
  ])('%o', (result, end) => expect(callEndOf(result)).toBe(end));
});

it('an event without a transition from the state is an error', () => {
  expect(stateAfter(viewOf({ state: 'releasing' }), 'gone')).toBe('released');
  expect(() => stateAfter(viewOf({ state: 'succeeded' }), 'gone')).toThrow(
    'no transition from succeeded by gone',
  );
});
