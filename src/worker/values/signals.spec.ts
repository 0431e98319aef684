import { describe, expect, it } from 'vitest';
import { Signals } from './signals.js';

const state = ({ interruption, lost, draining, step, wait }: Signals) => ({
  interruption,
  lost,
  draining,
  step: step.aborted,
  wait: wait.aborted,
});
type Shown = ReturnType<typeof state>;
const QUIET: Shown = { interruption: null, lost: false, draining: false, step: false, wait: false };

describe('the signals of a run', () => {
  it.each<[string, (signals: Signals) => void, Partial<Shown>]>([
    ['nothing', () => undefined, {}],
    ['a move', (signals) => signals.interrupt('moved'), { interruption: 'moved', step: true, wait: true }],
    [
      'a lost claim',
      (signals) => signals.interrupt('lost'),
      { interruption: 'lost', lost: true, step: true, wait: true },
    ],
    [
      'a shutdown',
      (signals) => signals.interrupt('shutdown'),
      { interruption: 'shutdown', step: true, wait: true },
    ],
    [
      'the beginning of a shutdown, during which the step may end',
      (signals) => signals.drain(),
      { draining: true, wait: true },
    ],
    [
      'a move, after the row was read again',
      (signals) => (signals.interrupt('moved'), signals.acknowledgeMove()),
      {},
    ],
    [
      'a shutdown, also after the row was read',
      (signals) => (signals.interrupt('shutdown'), signals.acknowledgeMove()),
      { interruption: 'shutdown', step: true, wait: true },
    ],
    [
      'a lost claim after a move',
      (signals) => (signals.interrupt('moved'), signals.interrupt('lost')),
      { interruption: 'moved', lost: true, step: true, wait: true },
    ],
    [
      'a lost claim after a move and a read',
      (signals) => (signals.interrupt('moved'), signals.interrupt('lost'), signals.acknowledgeMove()),
      { lost: true },
    ],
  ])('show %s', (_, happens, expected) => {
    const signals = new Signals();
    happens(signals);
    expect(state(signals)).toEqual({ ...QUIET, ...expected });
  });

  it('end a wait that has begun', () => {
    for (const happens of [
      (signals: Signals) => signals.drain(),
      (signals: Signals) => signals.interrupt('moved'),
    ]) {
      const signals = new Signals();
      const { wait } = signals;
      expect(wait.aborted).toBe(false);
      happens(signals);
      expect(wait.aborted).toBe(true);
    }
  });
});
