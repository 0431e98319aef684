import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { mulberry32 } from '../../../src/twin/faults.js';
import { eventually, WAIT_MS } from '../../support/world.js';
import { CrashWorld, readBranch } from '../world/crash-world.js';
import { expectSound } from '../world/soundness.js';

describe('a worker that is killed', () => {
  it('at random moments lets every action end, with one branch per allocation', async (context) => {
    const random = mulberry32(inject('chaos').seed);
    const world = await CrashWorld.create(context);
    const [, ...workers] = await world.startAll('web', 'worker', 'worker');
    const ids: string[] = [];
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 3; n++) {
        ids.push(world.deploy('branch', { gitRef: `ref-${(round + n) % 4}`, build: readBranch }).id);
      }
      await eventually(async () => (await inState(world, 'provisioning')) > 0);
      await sleep(random() * 80);
      await Promise.all(workers.map((worker) => worker.kill()));
      if (round === 1) world.twin.delete(ids[0] ?? '');
      if (round === 2) world.twin.cancel(ids.at(-1) ?? '');
      workers.splice(0, 2, ...(await world.startAll('worker', 'worker')));
    }
    await world.untilQuiet();
    const canceled = ids[8];
    for (const id of ids.slice(1).filter((id) => id !== canceled)) {
      expect((await world.twin.waitFor(id, WAIT_MS)).state, id).toBe('ready');
      await readBranch(null, world.twin.deployment(id).env);
    }
    expect(await world.action(ids[0] ?? '')).toMatchObject({ state: 'released' });
    expect(await world.action(canceled ?? '')).toMatchObject({ state: 'canceled' });
    const again = await world.sql('SELECT id FROM action WHERE attempt > 1');
    expect(again.length, 'actions that another worker took over').toBeGreaterThan(0);
    expect(await world.branches()).toHaveLength(4);
    await expectSound(world);
  });
});

async function inState(world: CrashWorld, state: string): Promise<number> {
  return (await world.sql('SELECT id FROM action WHERE state = $1', [state])).length;
}
