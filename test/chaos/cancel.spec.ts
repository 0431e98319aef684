import { describe, expect, it } from 'vitest';
import type { DrawbridgeProcess } from '../support/processes.js';
import { eventually } from '../support/world.js';
import type { ProvisionCall } from './world/backend.js';
import { CrashWorld, query } from './world/crash-world.js';
import { expectSound } from './world/soundness.js';
import { Wire } from './world/wire.js';

const SLOW_MS = 20_000;

describe.concurrent('a cancel during a provision of 20 s', () => {
  it('aborts the call within 1 s in each worker process, and Vercel gets no success', async (context) => {
    const world = await CrashWorld.create(context);
    const [, one, other] = await world.startAll('web', 'worker', 'worker');
    const calls = await provisioning(world, [one, other]);
    for (const call of calls) world.twin.cancel(call.deployment);
    for (const call of calls) expect(await abortedAfter(world, call), `by ${call.pid}`).toBeLessThan(1_000);
    await expectGone(world, calls);
  });

  it('aborts the call by the comparison poll when the notification is lost', async (context) => {
    const world = await CrashWorld.create(context);
    const wire = await Wire.to(world.database.url);
    context.onTestFinished(() => wire.close());
    const [, worker] = await Promise.all([world.start('web'), world.start('worker', wire.url)]);
    const calls = await provisioning(world, [worker]);
    wire.mute('drawbridge-listener');
    for (const call of calls) world.twin.cancel(call.deployment);
    // One second between polls, and the duration of one poll.
    for (const call of calls) expect(await abortedAfter(world, call)).toBeLessThan(2_000);
    await expectGone(world, calls);
  });

  it('aborts the call when the listening connection was closed just before', async (context) => {
    const world = await CrashWorld.create(context);
    const [, worker] = await world.startAll('web', 'worker');
    const calls = await provisioning(world, [worker]);
    await query(
      world.database.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'drawbridge-listener'`,
    );
    for (const call of calls) world.twin.cancel(call.deployment);
    for (const call of calls) expect(await abortedAfter(world, call)).toBeLessThan(2_000);
    await expectGone(world, calls);
  });
});

/** Creates deployments with a slow provision until each of these workers runs at least one. */
async function provisioning(
  world: CrashWorld,
  workers: (DrawbridgeProcess | undefined)[],
): Promise<ProvisionCall[]> {
  world.backend.onProvision = (call) => {
    const done = setTimeout(() => call.ready(), SLOW_MS);
    call.onBroken(() => clearTimeout(done)); // a backend that stops when its caller disconnects
  };
  const calls: ProvisionCall[] = [];
  while (workers.some((worker) => !calls.some((call) => call.pid === worker?.pid))) {
    if (calls.length >= 30) throw new Error('cancel: one worker gets all the work');
    const { id } = world.deploy('thing');
    calls.push(await eventually(() => world.backend.callsFor(id)[0]));
  }
  return calls;
}

/** Milliseconds from the answer to the cancel until the call's connection is closed. */
async function abortedAfter(world: CrashWorld, call: ProvisionCall): Promise<number> {
  const brokenAt = await eventually(() => call.brokenAt ?? undefined);
  const events = await eventually(() => {
    const found = world.entries('webhook.result').filter((entry) => entry.deploymentId === call.deployment);
    return found.length === 2 && found;
  });
  const acceptedAt = (events[1]?.at ?? 0) - performance.timeOrigin;
  return brokenAt - acceptedAt;
}

async function expectGone(world: CrashWorld, calls: ProvisionCall[]): Promise<void> {
  for (const { deployment } of calls) await world.untilState(deployment, 'canceled');
  for (const { deployment } of calls) {
    expect(world.reports(deployment).filter((report) => report.status === 'succeeded')).toEqual([]);
    expect(world.twin.deployment(deployment).state).toBe('canceled');
  }
  expect([...world.backend.things]).toEqual([]);
  await world.untilQuiet();
  await expectSound(world);
}
