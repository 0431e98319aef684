import { describe, expect, it } from 'vitest';
import { OverloadedError } from '../errors/database-error.js';
import { GroupCommit, type GroupCommitLimits } from './group-commit.js';

const LIMITS: GroupCommitLimits = { inFlight: 2, size: 3, waiting: 100 };

/** An error as the driver throws it; `wrapped`: as TypeORM passes it on. */
const sqlError = (code: string): Error => Object.assign(new Error(`sql ${code}`), { code });
const wrapped = (code: string): Error =>
  Object.assign(new Error('query failed'), { driverError: sqlError(code) });

/** Holds back each flush until it is let go; keeps what each was given. */
function held(limits: GroupCommitLimits = LIMITS) {
  const flushes: { items: number[]; settle: PromiseWithResolvers<number[]> }[] = [];
  const group = new GroupCommit<number, number>((items) => {
    const settle = Promise.withResolvers<number[]>();
    flushes.push({ items, settle });
    return settle.promise;
  }, limits);
  const letGo = (index: number): void =>
    flushes[index]?.settle.resolve(flushes[index].items.map((item) => item * 10));
  return { group, flushes, letGo };
}

/** Two turns of the event loop: a flush that could begin has begun. */
const turn = async (): Promise<void> => {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('GroupCommit', () => {
  it('writes a lone item at once, by itself', async () => {
    const { group, flushes, letGo } = held();
    const result = group.submit(1);
    await turn();
    expect(flushes.map(({ items }) => items)).toEqual([[1]]);
    letGo(0);
    expect(await result).toBe(10);
  });

  it('writes together what came in together', async () => {
    const { group, flushes, letGo } = held();
    const results = [group.submit(1), group.submit(2), group.submit(3)];
    await turn();
    expect(flushes.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    letGo(0);
    expect(await Promise.all(results)).toEqual([10, 20, 30]);
  });

  it('keeps to its number of transactions and their size; what waits shares the next one', async () => {
    const { group, flushes, letGo } = held();
    const results = Array.from({ length: 10 }, (_, index) => group.submit(index));
    await turn();
    expect(flushes.map(({ items }) => items)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    letGo(1);
    await turn();
    expect(flushes.map(({ items }) => items).slice(2)).toEqual([[6, 7, 8]]);
    letGo(0);
    await turn();
    expect(flushes.map(({ items }) => items).slice(3)).toEqual([[9]]);
    letGo(2);
    letGo(3);
    expect(await Promise.all(results)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  });

  it('answers each with its own result, in the order they were submitted', async () => {
    const group = new GroupCommit<number, string>(async (items) => items.map((item) => `of ${item}`), LIMITS);
    const items = [5, 3, 5, 1, 4, 1, 5, 9, 2, 6];
    expect(await Promise.all(items.map((item) => group.submit(item)))).toEqual(
      items.map((item) => `of ${item}`),
    );
  });

  it('refuses what is more than may wait, at once, and takes more later', async () => {
    const { group, letGo, flushes } = held({ inFlight: 1, size: 1, waiting: 2 });
    const first = group.submit(1);
    await turn();
    const waiting = [group.submit(2), group.submit(3)];
    await expect(group.submit(4)).rejects.toThrow(
      new OverloadedError('2 writes are waiting for the database'),
    );
    letGo(0);
    await turn();
    const more = group.submit(5);
    for (const index of [1, 2, 3]) {
      letGo(index);
      await turn();
    }
    expect(await Promise.all([first, ...waiting, more])).toEqual([10, 20, 30, 50]);
    expect(flushes.flatMap(({ items }) => items)).toEqual([1, 2, 3, 5]);
  });

  it.each(['22P05', '23514', '23503', '54000'])('lets a bad row (%s) fail alone', async (code) => {
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

  it.each(['40001', '40P01', '23505'])('tries a lost race (%s) again, together', async (code) => {
    let tries = 0;
    const group = new GroupCommit<number, number>(async (items) => {
      if (++tries < 3) throw tries === 1 ? wrapped(code) : sqlError(code);
      return items;
    }, LIMITS);
    expect(await Promise.all([group.submit(1), group.submit(2)])).toEqual([1, 2]);
    expect(tries).toBe(3);
  });

  it('does not try a lost race for ever', async () => {
    let tries = 0;
    const group = new GroupCommit<number, number>(async () => {
      tries++;
      throw sqlError('40P01');
    }, LIMITS);
    await expect(group.submit(1)).rejects.toThrow('sql 40P01');
    expect(tries).toBe(4);
  });

  it('fails a whole batch at once during an outage, does not retry, and continues afterwards', async () => {
    let tries = 0;
    let away = true;
    const group = new GroupCommit<number, number>(async (items) => {
      tries++;
      if (away) throw sqlError('ECONNREFUSED');
      return items;
    }, LIMITS);
    const results = await Promise.allSettled([group.submit(1), group.submit(2)]);
    expect(results.map((result) => result.status === 'rejected' && (result.reason as Error).message)).toEqual(
      ['sql ECONNREFUSED', 'sql ECONNREFUSED'],
    );
    expect(tries).toBe(1);
    away = false;
    expect(await group.submit(3)).toBe(3);
  });

  it('survives a flush that throws at once', async () => {
    const group = new GroupCommit<number, number>(() => {
      throw new Error('a defect');
    }, LIMITS);
    await expect(group.submit(1)).rejects.toThrow('a defect');
    await expect(group.submit(2)).rejects.toThrow('a defect');
  });
});
