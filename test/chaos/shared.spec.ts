import { describe, expect, it } from 'vitest';
import { eventually, WAIT_MS } from '../support/world.js';
import { CrashWorld, readBranch } from './world/crash-world.js';
import { expectSound } from './world/soundness.js';

describe.concurrent('two deployments of one git branch', () => {
  it('share a DATABASE_URL that survives a second start, a crash and a repeated report', async (context) => {
    const world = await CrashWorld.create(context);
    const [, worker] = await world.startAll('web', 'worker');
    const first = world.deploy('branch', { gitRef: 'feature', build: readBranch });
    const { env } = await world.twin.waitFor(first.id, WAIT_MS);
    await readBranch(null, env);

    // The second deployment's report takes effect without an answer, and the worker is killed while it waits.
    world.twin.setFaults({ operation: 'update-action', api: { executeThenTimeout: { count: 1 } } });
    const second = world.deploy('branch', { gitRef: 'feature', build: readBranch });
    await eventually(() => world.twin.deployment(second.id).state === 'ready');
    expect(await world.action(second.id)).toMatchObject({ state: 'reporting' });
    await worker?.kill();
    await readBranch(null, env);
    await world.start('worker');
    await world.untilState(second.id, 'succeeded');
    await eventually(() => world.verdicts(second.id).length === 2);

    const reports = world.twin.deployment(second.id).actions[0]?.reports ?? [];
    const verdicts = reports.filter((report) => report.status !== 'running');
    expect(
      verdicts.map((report) => report.effect),
      "Vercel's answers to the verdicts",
    ).toEqual(['applied', 'repeat']);
    expect(world.twin.deployment(second.id).env).toEqual(env);
    await readBranch(null, env);
    expect(await world.branches()).toHaveLength(1);

    world.twin.delete(second.id);
    await world.untilState(second.id, 'released');
    await readBranch(null, env);
    world.twin.delete(first.id);
    await world.untilState(first.id, 'released');
    expect(await world.branches()).toEqual([]);
    await expectSound(world);
  });
});
