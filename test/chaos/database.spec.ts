import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../support/postgres.js';
import { eventually, WAIT_MS } from '../support/world.js';
import { CrashingCluster } from './world/cluster.js';
import { CrashWorld, FILL_TEMPLATE, query, readBranch } from './world/crash-world.js';
import { expectSound } from './world/soundness.js';

describe.concurrent('a database that crashes and starts again', () => {
  it('answers webhooks with 503, gets them again, and loses no action', async (context) => {
    const cluster = await CrashingCluster.start();
    context.onTestFinished(() => cluster.stop());
    const template = await createDatabase({ name: 'template', server: cluster.url });
    await query(template.url, FILL_TEMPLATE);
    const branches = { url: cluster.url, template: template.name };
    const world = await CrashWorld.create(context, { server: cluster.url, branches });
    await world.startAll('web', 'worker', 'worker');
    const ids = Array.from({ length: 6 }, (_, n) => deploy(world, n));
    await eventually(
      async () => (await world.sql(`SELECT id FROM action WHERE state = 'provisioning'`)).length > 0,
    );

    await cluster.crash();
    ids.push(...Array.from({ length: 4 }, (_, n) => deploy(world, n)));
    const canceled = ids[0] ?? '';
    const cancelable = world.twin.deployment(canceled).state === 'waiting';
    if (cancelable) world.twin.cancel(canceled);
    await eventually(() => statuses(world).includes(503));
    await sleep(1_000);
    await cluster.comeBack();
    await world.untilQuiet();

    expect(new Set(statuses(world))).toEqual(new Set([202, 503]));
    expect(world.processes.map((process) => process.running)).toEqual([true, true, true]);
    for (const id of ids) {
      const expected = cancelable && id === canceled ? 'canceled' : 'ready';
      expect((await world.twin.waitFor(id, WAIT_MS)).state, id).toBe(expected);
    }
    await expectSound(world);
  });
});

const deploy = (world: CrashWorld, n: number): string =>
  world.deploy('branch', { gitRef: `ref-${n % 3}`, build: readBranch }).id;

function statuses(world: CrashWorld): (number | null)[] {
  return world.entries('webhook.result').map((entry) => entry.status);
}
