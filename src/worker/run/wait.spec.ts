import { describe, expect, it } from 'vitest';
import { memoryOf, viewOf } from '../../../test/support/action-run.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { REPORT_FAILED_FOR_MS, type RunMemory } from '../values/run-memory.js';
import { Signals } from '../values/signals.js';
import { isWaitOver, waitLength } from './wait.js';

const NOW = 1_000;
const LONG_MS = 10_000_000;
const MOST_MS = 600_000;
const at = (leftMs: number, tries = 0): RunMemory => memoryOf({ deadlineAt: NOW + leftMs, tries });
const reported = { state: 'failing', failureReport: 'accepted' } as const;

describe('the length of a wait', () => {
  it.each<[string, Partial<ActionView>, RunMemory, number, number]>([
    ['is what was asked for', { state: 'provisioning' }, at(LONG_MS), 700, 700],
    [
      'is not shorter than the back-off of failed tries',
      { state: 'provisioning' },
      at(LONG_MS, 3),
      700,
      3_000,
    ],
    ['is not shorter than what was asked for', { state: 'provisioning' }, at(LONG_MS, 3), 7_000, 7_000],
    ['has a limit', { state: 'releasing' }, at(LONG_MS), LONG_MS, MOST_MS],
    ['ends at the deadline of a queued action', { state: 'queued' }, at(400), 700, 400],
    ['ends at the deadline of a provision', { state: 'provisioning' }, at(400), 700, 400],
    ['is nothing after the deadline', { state: 'queued' }, at(-1), 700, 0],
    ['goes on after the deadline for `succeeded`', { state: 'reporting' }, at(-1), 700, 700],
    ['goes on after the deadline of a removal', { state: 'canceling' }, at(-1), 700, 700],
    [
      'of `failed` ends a while after the deadline',
      { state: 'failing' },
      at(400),
      LONG_MS,
      400 + REPORT_FAILED_FOR_MS,
    ],
    ['of `failed` is nothing after that', { state: 'failing' }, at(-REPORT_FAILED_FOR_MS - 1), 700, 0],
    ['of a failed action that removes has no deadline', reported, at(-REPORT_FAILED_FOR_MS), 700, 700],
    ['of `succeeded` has no deadline', { state: 'reporting' }, at(400), LONG_MS, MOST_MS],
  ])('%s', (_, view, memory, ms, length) => {
    const backoff = (tries: number) => tries * 1_000;
    expect(waitLength(viewOf(view), memory, { ms, now: NOW, backoff })).toBe(length);
  });
});

describe('a wait', () => {
  const interrupted = new Signals();
  interrupted.interrupt('moved');
  const draining = new Signals();
  draining.drain();

  it.each<[string, boolean, Partial<ActionView>, Partial<RunMemory>, Signals]>([
    ['goes on', false, {}, {}, new Signals()],
    ['is over for an interruption', true, {}, {}, interrupted],
    ['is over for a shutdown', true, {}, {}, draining],
    ['is over for a deployment that is gone', true, {}, { deploymentGone: true }, new Signals()],
    [
      'goes on once that action is released',
      false,
      { state: 'releasing' },
      { deploymentGone: true },
      new Signals(),
    ],
  ])('%s', (_, over, view, memory, signals) => {
    expect(isWaitOver(viewOf(view), memoryOf(memory), signals)).toBe(over);
  });
});
