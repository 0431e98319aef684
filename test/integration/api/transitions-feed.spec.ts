import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFeed } from '../../../src/api/transitions/feed.js';
import { readHorizon } from '../../../src/api/transitions/feed-horizon.js';
import { InstallationScope } from '../../../src/access/scope/installation-scope.js';
import { startApp, type OperatorApp } from './api-app.js';
import { writeTransition } from './api-seed.js';

let world: OperatorApp;
beforeAll(async () => {
  world = await startApp();
});
afterAll(() => world.close());

const all = (): InstallationScope => InstallationScope.ofEverybody(world.database);

const read = async (after: string): Promise<string[]> =>
  (await readFeed(all(), { after, limit: 10_000 })).map((transition) => transition.id);

describe('the feed of transitions', () => {
  it('does not pass an open transaction, and contains everything in order afterwards', async () => {
    const before = await writeTransition(world.database.manager);
    const open = world.database.createQueryRunner();
    await open.startTransaction();
    const slow = await writeTransition(open);
    const later = [
      await writeTransition(world.database.manager),
      await writeTransition(world.database.manager),
    ];
    expect((await read('0')).at(-1)).toBe(before);
    expect(await read(before)).toEqual([]);
    await open.commitTransaction();
    await open.release();
    expect(await read(before)).toEqual([slow, ...later]);
  });

  it('continues when the open transaction rolls back', async () => {
    const before = await writeTransition(world.database.manager);
    const open = world.database.createQueryRunner();
    await open.startTransaction();
    await writeTransition(open);
    const later = await writeTransition(world.database.manager);
    expect(await read(before)).toEqual([]);
    await open.rollbackTransaction();
    await open.release();
    expect(await read(before)).toEqual([later]);
  });

  it('is not held back by another database of the same server', async () => {
    const other = await startApp();
    const open = other.database.createQueryRunner();
    await open.startTransaction();
    await writeTransition(open);
    const last = await writeTransition(world.database.manager);
    expect(await readHorizon(all())).toBe(BigInt(last));
    await open.rollbackTransaction();
    await open.release();
    await other.close();
  });

  it('skips and repeats nothing while transactions commit concurrently', async () => {
    const start = String(await readHorizon(all()));
    const written: string[] = [];
    const writers = Array.from({ length: 4 }, (_, index) => writeMany(index, written));
    const seen: string[] = [];
    const state = { writing: true };
    const done = Promise.all(writers).finally(() => (state.writing = false));
    while (state.writing) seen.push(...(await read(seen.at(-1) ?? start)));
    await done;
    seen.push(...(await read(seen.at(-1) ?? start)));
    expect(seen).toEqual(written.toSorted((a, b) => Number(BigInt(a) - BigInt(b))));
    expect(seen).toHaveLength(4 * 60 * 2);
  });

  async function writeMany(seed: number, written: string[]): Promise<void> {
    for (let round = 0; round < 60; round++) {
      await world.database.transaction(async (manager) => {
        const first = await writeTransition(manager);
        await pause((seed * 7 + round * 3) % 5);
        written.push(first, await writeTransition(manager));
      });
    }
  }
});
