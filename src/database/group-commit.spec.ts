import { describe, expect, it } from 'vitest';
import { OverloadedError } from '../errors/database-error.js';
import { GroupCommit, type GroupCommitLimits } from './group-commit.js';

const LIMITS: GroupCommitLimits = { inFlight: 2, size: 3, waiting: 100 };

/** An error of the driver. `wrapped` returns it as TypeORM passes it on. */
const sqlError = (code: string): Error => Object.assign(new Error(`sql ${code}`), { code });
const wrapped = (code: string): Error =>
  Object.assign(new Error('query failed'), { driverError: sqlError(code) });

/** A group commit whose flushes wait for `release`; records the items of each flush. */
function controlled(limits: GroupCommitLimits = LIMITS) {
  const flushes: { items: number[]; result: PromiseWithResolvers<number[]> }[] = [];
  const group = new GroupCommit<number, number>((items) => {
    const result = Promise.withResolvers<number[]>();
    flushes.push({ items, result });
    return result.promise;
  }, limits);
  const release = (index: number): void =>
    flushes[index]?.result.resolve(flushes[index].items.map((item) => item * 10));
  return { group, flushes, release };
}

/** Waits two turns of the event loop, after which every possible flush has begun. */
const turn = async (): Promise<void> => {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('GroupCommit', () => {
  it('writes a single item at once', async () => {
    const { group, flushes, release } = controlled();
    const result = group.submit(1);
    await turn();
    expect(flushes.map(({ items }) => items)).toEqual([[1]]);
    release(0);
    expect(await result).toBe(10);
  });

  it('writes items of the same turn in one flush', async () => {
    const { group, flushes, release } = controlled();
    const results = [group.submit(1), group.submit(2), group.submit(3)];
    await turn();
    expect(flushes.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    release(0);
    expect(await Promise.all(results)).toEqual([10, 20, 30]);
  });

  it('respects the number and size of transactions; waiting items share the next one', async () => {
    const { group, flushes, release } = controlled();
    const results = Array.from({ length: 10 }, (_, index) => group.submit(index));
    await turn();
    expect(flushes.map(({ items }) => items)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    release(1);
    await turn();
    expect(flushes.map(({ items }) => items).slice(2)).toEqual([[6, 7, 8]]);
    release(0);
    await turn();
    expect(flushes.map(({ items }) => items).slice(3)).toEqual([[9]]);
    release(2);
    release(3);
    expect(await Promise.all(results)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  });

  it('returns the result of each item, in the order of submission', async () => {
    const group = new GroupCommit<number, string>(async (items) => items.map((item) => `of ${item}`), LIMITS);
    const items = [5, 3, 5, 1, 4, 1, 5, 9, 2, 6];
    expect(await Promise.all(items.map((item) => group.submit(item)))).toEqual(
      items.map((item) => `of ${item}`),
    );
  });

  it('rejects an item beyond the waiting limit at once, and accepts items again later', async () => {
    const { group, release, flushes } = controlled({ inFlight: 1, size: 1, waiting: 2 });
    const first = group.submit(1);
    await turn();
    const waiting = [group.submit(2), group.submit(3)];
    await expect(group.submit(4)).rejects.toThrow(
      new OverloadedError('2 writes are waiting for the database'),
    );
    release(0);
    await turn();
    const more = group.submit(5);
    for (const index of [1, 2, 3]) {
      release(index);
      await turn();
    }
    expect(await Promise.all([first, ...waiting, more])).toEqual([10, 20, 30, 50]);
    expect(flushes.flatMap(({ items }) => items)).toEqual([1, 2, 3, 5]);
  });

  it.each(['22P05', '23514', '23503', '54000'])('fails only the item of a bad row (%s)', async (code) => {
    const flushed: number[][] = [];
    const group = new GroupCommit<number, number>(
      async (items) => {
        flushed.push(items);
        if (items.includes(2)) throw wrapped(code);
        return items;
      },
      { ...LIMITS, size: 4 },
    );
    const results = await Promise.allSettled([1, 2, 3, 4].map((item) => group.submit(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(flushed).toEqual([[1, 2, 3, 4], [1], [2], [3], [4]]);
  });

  it.each(['40001', '40P01', '23505'])('repeats the whole flush after a lost race (%s)', async (code) => {
    let tries = 0;
    const group = new GroupCommit<number, number>(async (items) => {
      if (++tries < 3) throw tries === 1 ? wrapped(code) : sqlError(code);
      return items;
    }, LIMITS);
    expect(await Promise.all([group.submit(1), group.submit(2)])).toEqual([1, 2]);
    expect(tries).toBe(3);
  });

  it('stops repeating a lost race after four attempts', async () => {
    let tries = 0;
    const group = new GroupCommit<number, number>(async () => {
      tries++;
      throw sqlError('40P01');
    }, LIMITS);
    await expect(group.submit(1)).rejects.toThrow('sql 40P01');
    expect(tries).toBe(4);
  });

  it('fails the whole flush without a repetition during an outage, and works afterwards', async () => {
    let tries = 0;
    let down = true;
    const group = new GroupCommit<number, number>(async (items) => {
      tries++;
      if (down) throw sqlError('ECONNREFUSED');
      return items;
    }, LIMITS);
    const results = await Promise.allSettled([group.submit(1), group.submit(2)]);
    expect(results.map((result) => result.status === 'rejected' && (result.reason as Error).message)).toEqual(
      ['sql ECONNREFUSED', 'sql ECONNREFUSED'],
    );
    expect(tries).toBe(1);
    down = false;
    expect(await group.submit(3)).toBe(3);
  });

  it('survives a flush that throws synchronously', async () => {
    const group = new GroupCommit<number, number>(() => {
      throw new Error('a defect');
    }, LIMITS);
    await expect(group.submit(1)).rejects.toThrow('a defect');
    await expect(group.submit(2)).rejects.toThrow('a defect');
  });
});
