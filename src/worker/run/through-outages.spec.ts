import { beforeEach, describe, expect, it, vi } from 'vitest';
import { logTo } from '../../log/log.js';
import { SYSTEM_CLOCK } from '../ports/clock.js';
import { Signals } from '../values/signals.js';
import { throughOutages } from './through-outages.js';

beforeEach(() => logTo('silent'));

const outage = () => Object.assign(new Error('terminating connection'), { code: '57P01' });

/** A database that is writable again at once, and a statement that fails with these errors in turn. */
function world(...errors: Error[]) {
  const signals = new Signals();
  const waits: AbortSignal[] = [];
  const pauses: number[] = [];
  const statement = vi.fn<() => Promise<string>>(async () => {
    const error = errors.shift();
    if (error) throw error;
    return 'written';
  });
  const ports = {
    database: { untilWritable: async (signal: AbortSignal) => void waits.push(signal) },
    clock: { ...SYSTEM_CLOCK, sleep: async (ms: number) => void pauses.push(ms) },
  };
  const run = () => throughOutages(signals, ports, statement);
  return { signals, waits, pauses, statement, run };
}

describe('a statement', () => {
  it('is run once when nothing fails', async () => {
    const { run, statement, waits, pauses } = world();
    expect(await run()).toBe('written');
    expect([statement.mock.calls.length, waits.length, pauses.length]).toEqual([1, 0, 0]);
  });

  it('is repeated after each outage, once the database is writable and after a pause', async () => {
    const { run, statement, waits, pauses } = world(outage(), outage());
    expect(await run()).toBe('written');
    expect([statement.mock.calls.length, waits.length]).toEqual([3, 2]);
    expect(pauses.every((ms) => ms > 0)).toBe(true);
    expect(pauses).toHaveLength(2);
  });

  it('is not repeated after an error that is not an outage', async () => {
    const { run, statement } = world(new Error('duplicate key'));
    await expect(run()).rejects.toThrow('duplicate key');
    expect(statement).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (signals: Signals) => void]>([
    ['a lost claim', (signals) => signals.interrupt('lost')],
    [
      'a lost claim after a move and a read',
      (signals) => (signals.interrupt('moved'), signals.interrupt('lost'), signals.acknowledgeMove()),
    ],
    ['an interruption', (signals) => signals.interrupt('moved')],
    ['a shutdown', (signals) => signals.drain()],
  ])('is not repeated after %s', async (_, happens) => {
    const { run, statement, signals } = world(outage());
    happens(signals);
    await expect(run()).rejects.toThrow('terminating connection');
    expect(statement).toHaveBeenCalledTimes(1);
  });

  it('waits no longer than the run does', async () => {
    const { run, signals, waits } = world(outage());
    await run();
    signals.interrupt('moved');
    expect(waits[0]!.aborted).toBe(true);
  });
});
