import { describe, expect, it } from 'vitest';
import { holding, memoryOf, viewOf } from '../../../test/support/action-run.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { CALL_LIMIT_MS } from '../../provisioner/limits.js';
import {
  callTimeLeft,
  deadlineOf,
  isAbandoned,
  isReporting,
  needsSecrets,
  startMemory,
  willProvision,
  type RunMemory,
} from './run-memory.js';

const toReport = { text: 'ready', secrets: {} };

describe('the memory of a new claim', () => {
  it('has the deadline and the data of the job', () => {
    expect(startMemory(viewOf({ deadlineMs: 500 }), { tries: 2, reportUnknown: true }, 1_000)).toEqual({
      toReport: null,
      prefetch: null,
      deploymentGone: false,
      lastProgress: null,
      callOpenedAt: null,
      deadlineAt: 1_500,
      tries: 2,
      reportUnknown: true,
    });
  });

  it('has no deadline if the action has none', () => {
    expect(deadlineOf(viewOf({ deadlineMs: null }), 1_000)).toBe(Infinity);
  });
});

describe('Vercel waits for the report of a verdict', () => {
  it.each<[boolean, Partial<ActionView>]>([
    [true, { state: 'reporting' }],
    [true, { state: 'failing', failureReport: null }],
    [false, { state: 'failing', failureReport: 'accepted' }],
    [false, { state: 'provisioning', failureReport: null }],
    [false, { state: 'releasing' }],
  ])('%s: %o', (expected, view) => expect(isReporting(viewOf(view))).toBe(expected));
});

describe('an action is abandoned', () => {
  it.each<[boolean, ActionView['state'], boolean]>([
    [true, 'queued', true],
    [true, 'provisioning', true],
    [true, 'reporting', true],
    [false, 'provisioning', false],
    [false, 'releasing', true],
    [false, 'failing', true],
    [false, 'canceling', true],
  ])('%s in %s with deploymentGone %s', (expected, state, deploymentGone) =>
    expect(isAbandoned(viewOf({ state }), memoryOf({ deploymentGone }))).toBe(expected),
  );
});

describe('the next step provisions', () => {
  it.each<[boolean, ActionView, Partial<RunMemory>]>([
    [true, holding({ state: 'provisioning' }), {}],
    [true, holding({ state: 'reporting' }), {}],
    [false, holding({ state: 'reporting' }), { toReport }],
    [false, viewOf({ state: 'reporting' }), {}],
    [false, holding({ state: 'provisioning' }), { deploymentGone: true }],
    [false, viewOf({ state: 'queued' }), {}],
    [false, holding({ state: 'failing' }), {}],
    [false, holding({ state: 'releasing' }), {}],
  ])('%s: %o with %o', (expected, view, memory) =>
    expect(willProvision(view, memoryOf(memory))).toBe(expected),
  );

  it('because an action with a hold has no secrets yet', () => {
    expect(needsSecrets(holding(), memoryOf())).toBe(true);
    expect(needsSecrets(holding(), memoryOf({ toReport }))).toBe(false);
    expect(needsSecrets(viewOf(), memoryOf())).toBe(false);
  });
});

describe('the time that a provision call has', () => {
  it.each<[number | null, number]>([
    [null, CALL_LIMIT_MS],
    [5_000, CALL_LIMIT_MS],
    [2_000, CALL_LIMIT_MS - 3_000],
  ])('counts from its record: %s', (callOpenedAt, left) =>
    expect(callTimeLeft(memoryOf({ callOpenedAt }), 5_000)).toBe(left),
  );
});
