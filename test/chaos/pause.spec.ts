import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually, WAIT_MS } from '../support/world.js';
import { CrashWorld, readBranch } from './world/crash-world.js';
import { expectSound } from './world/soundness.js';
import { Wire } from './world/wire.js';

describe.concurrent('a worker that is paused past its lease and continues after the takeover', () => {
  it('changes and reports nothing when the pause began inside the plugin call', async (context) => {
    const world = await CrashWorld.create(context);
    world.backend.onProvision = () => undefined; // the first call stays without an answer
    const [, first] = await world.startAll('web', 'worker');
    const { id } = world.deploy('thing');
    const stale = await eventually(() => world.backend.callsFor(id)[0]);
    expect(stale.pid).toBe(first?.pid);
    world.backend.onProvision = (call) => call.ready();
    first?.pause();
    const second = await world.start('worker');
    await world.untilState(id, 'succeeded');
    const before = await seen(world, id);
    expect(before.calls).toEqual([first?.pid, second.pid]);
    expect(before.row).toMatchObject({ attempt: 2 });

    stale.ready(); // the worker finds this answer in its socket when it continues
    first?.wake();
    expect(await first?.stop(), 'the paused worker exits with 0').toEqual({ code: 0, signal: null });
    expect(stale.brokenAt, 'the worker has read the answer').toBeNull();
    expect(await seen(world, id)).toEqual(before);
    expect(world.verdicts(id).map((report) => report.status)).toEqual(['succeeded']);
    await expectSound(world);
  });

  it('changes and reports nothing when the pause began just before the report', async (context) => {
    const world = await CrashWorld.create(context);
    const wire = await Wire.to(world.database.url);
    context.onTestFinished(() => wire.close());
    const [, first] = await Promise.all([world.start('web'), world.start('worker', wire.url)]);
    const committing = wire.holdAnswersTo('"to":"reporting"');
    const { id } = world.deploy('branch', { gitRef: 'main', build: readBranch });
    await committing;
    await world.untilState(id, 'reporting');
    first.pause();
    wire.release(); // the worker receives the commit of the verdict when it continues
    expect(world.verdicts(id)).toEqual([]);
    await world.start('worker');
    await world.untilState(id, 'succeeded');
    const before = await seen(world, id);

    first.wake();
    expect(await first.stop(), 'the paused worker exits with 0').toEqual({ code: 0, signal: null });
    expect(await seen(world, id)).toEqual(before);
    expect(world.verdicts(id).map((report) => report.status)).toEqual(['succeeded']);
    expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
    await expectSound(world);
  });

  it('makes nothing when the action was canceled during a pause before the call', async (context) => {
    const world = await CrashWorld.create(context);
    const wire = await Wire.to(world.database.url);
    context.onTestFinished(() => wire.close());
    const [, first] = await Promise.all([world.start('web'), world.start('worker', wire.url)]);
    world.backend.onProvision = (call) => call.pending('warming up', 500);
    const announcing = wire.holdAnswersTo('"call":"starts"');
    const { id } = world.deploy('thing');
    await announcing; // of its second call
    // the worker gets no notification of the cancel when it continues
    wire.mute('drawbridge-listener', 'drawbridge-queue');
    await eventually(async () => (await world.action(id))?.['call_until'] !== null);
    first.pause();
    wire.release();
    world.backend.onProvision = (call) => call.ready();
    world.twin.cancel(id);
    await world.start('worker');
    await world.untilState(id, 'canceled');
    const before = await seen(world, id);
    expect(before.calls).toEqual([first.pid]);

    first.wake();
    await sleep(1_000); // time for a forbidden write or call
    wire.unmute();
    expect(await first.stop(), 'the paused worker exits with 0').toEqual({ code: 0, signal: null });
    expect(await seen(world, id)).toEqual(before);
    expect([...world.backend.things]).toEqual([]);
    await expectSound(world);
  });
});

/** Everything that a stale worker could change. */
async function seen(world: CrashWorld, deployment: string) {
  return {
    row: await world.action(deployment),
    transitions: await world.transitions(deployment),
    reports: world.reports(deployment),
    late: world.entries('late'),
    calls: world.backend.callsFor(deployment).map((call) => call.pid),
    things: [...world.backend.things],
    removed: world.backend.deprovisions,
  };
}
