import { describe, expect, it } from 'vitest';
import { runStateOf, stepInputOf, viewOf } from '../../../test/support/action-run.js';
import type { Clock } from '../ports/clock.js';
import { callSubject, deadlineMsOf, deadlineSignal } from './step-input.js';

/** A clock that stays at 1,000 ms and records the requested times. */
function stopped() {
  const timers: { ms: number; fire: AbortController }[] = [];
  const clock: Clock = {
    now: () => 1_000,
    sleep: () => Promise.resolve(),
    timeout: (ms) => {
      const fire = new AbortController();
      timers.push({ ms, fire });
      return fire.signal;
    },
  };
  return { clock, timers };
}

const waiting = (deadlineAt: number) => stepInputOf('queued', {}, { deadlineAt });

describe('the signal of a call that is of no use after the deadline', () => {
  it.each([
    [1_700, 700],
    [1_700.2, 701],
    [1_000, 1],
    [500, 1],
  ])('fires at the deadline: %s', (deadlineAt, ms) => {
    const { clock, timers } = stopped();
    const signal = deadlineSignal(waiting(deadlineAt), clock);
    expect(timers.map((timer) => timer.ms)).toEqual([ms]);
    expect(signal.aborted).toBe(false);
    timers[0]!.fire.abort();
    expect(signal.aborted).toBe(true);
  });

  it('fires with an interruption', () => {
    const input = waiting(1_700);
    const signal = deadlineSignal(input, stopped().clock);
    input.signals.interrupt('moved');
    expect(signal.aborted).toBe(true);
  });

  it('needs no timer without a deadline', () => {
    const input = waiting(Infinity);
    const { clock, timers } = stopped();
    expect(deadlineSignal(input, clock)).toBe(input.signals.step);
    expect(timers).toEqual([]);
  });
});

describe('a step', () => {
  it('knows the milliseconds to its deadline', () => {
    expect(deadlineMsOf(waiting(1_700).memory, stopped().clock)).toBe(700);
  });

  it('names its calls by action and try', () => {
    const view = viewOf();
    expect(callSubject(runStateOf(view, { tries: 2 }))).toEqual({ actionId: view.id, attempt: 3 });
  });
});
