import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually, WAIT_MS } from '../support/world.js';
import { CrashWorld, readBranch } from './world/crash-world.js';
import { expectSound } from './world/soundness.js';
import { Wire } from './world/wire.js';

describe.concurrent('a worker that is paused past its lease and woken after the takeover', () => {
  it('changes nothing and reports nothing when it was paused inside the plugin call', async (context) => {
    const world = await CrashWorld.create(context);
    world.backend.onProvision = () => undefined; // the first call waits for its answer
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

    stale.ready(); // lies in its socket when it wakes up: it goes on where it was stopped
    first?.wake();
    expect(await first?.stop(), 'what was paused ends in order').toEqual({ code: 0, signal: null });
    expect(stale.brokenAt, 'it has read the answer').toBeNull();
    expect(await seen(world, id)).toEqual(before);
    expect(world.verdicts(id).map((report) => report.status)).toEqual(['succeeded']);
    await expectSound(world);
  });

  it('changes nothing and reports nothing when it was paused just before the report', async (context) => {
    const world = await CrashWorld.create(context);
    const wire = await Wire.to(world.database.url);
    context.onTestFinished(() => wire.close());
    const [, first] = await Promise.all([world.start('web'), world.start('worker', wire.url)]);
    const committing = wire.holdAnswersTo('"to":"reporting"');
    const { id } = world.deploy('branch', { gitRef: 'main', build: readBranch });
    await committing;
    await world.untilState(id, 'reporting');
    first.pause();
    wire.release(); // it hears that the verdict is committed when it wakes up
    expect(world.verdicts(id)).toEqual([]);
    await world.start('worker');
    await world.untilState(id, 'succeeded');
    const before = await seen(world, id);

    first.wake();
    expect(await first.stop(), 'what was paused ends in order').toEqual({ code: 0, signal: null });
    expect(await seen(world, id)).toEqual(before);
    expect(world.verdicts(id).map((report) => report.status)).toEqual(['succeeded']);
    expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
    await expectSound(world);
  });

  it('makes nothing when it was paused just before the plugin call and the action was canceled meanwhile', async (context) => {
    const world = await CrashWorld.create(context);
    const wire = await Wire.to(world.database.url);
    context.onTestFinished(() => wire.close());
    const [, first] = await Promise.all([world.start('web'), world.start('worker', wire.url)]);
    world.backend.onProvision = (call) => call.pending('warming up', 500);
    const announcing = wire.holdAnswersTo('"call":"starts"');
    const { id } = world.deploy('thing');
    await announcing; // of its second call
    wire.mute('drawbridge-listener', 'drawbridge-queue'); // nobody tells it what it missed when it wakes up
    wire.mute('drawbridge-listener', 'drawbridge-queue'); // nobody tells it what it missed when it wakes up
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
    await sleep(1_000); // time to do what it must not
    wire.unmute();
    expect(await first.stop(), 'what was paused ends in order').toEqual({ code: 0, signal: null });
    expect(await seen(world, id)).toEqual(before);
    expect([...world.backend.things]).toEqual([]);
    await expectSound(world);
  });
});

/** All that a stale worker could have touched. */
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
