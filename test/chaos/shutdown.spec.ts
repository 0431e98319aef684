import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { eventually, WAIT_MS } from '../support/world.js';
import { CrashWorld } from './world/crash-world.js';
import { expectSound } from './world/soundness.js';

/** The heartbeat lapses after 10 s. A worker that continues earlier got the work by the handover. */
const LAPSE_MS = 10_000;

describe.concurrent('SIGTERM of a worker', () => {
  it('hands a pending action to another worker at once and counts no attempt', async (context) => {
    const world = await CrashWorld.create(context);
    world.backend.onProvision = (call) => call.pending('warming up', 4_500);
    const [, first] = await world.startAll('web', 'worker');
    const { id } = world.deploy('thing');
    await eventually(() => world.twin.deployment(id).actions[0]?.statusText === 'warming up');
    // The first worker's calls stay pending, however long the second worker takes to start; only other
    // workers get ready.
    world.backend.onProvision = (call) =>
      call.pid === first?.pid ? call.pending('warming up', 4_500) : call.ready();
    const second = await world.start('worker');

    const asked = performance.now();
    expect(await first?.stop()).toEqual({ code: 0, signal: null });
    await world.untilState(id, 'succeeded');
    await expectHandedOver(world, id, second.pid, asked);
  });

  it('hands an endless provision over after the grace period and counts no attempt', async (context) => {
    const world = await CrashWorld.create(context);
    world.backend.onProvision = () => undefined;
    const [, first] = await world.startAll('web', 'worker');
    const { id } = world.deploy('thing');
    const cut = await eventually(() => world.backend.callsFor(id)[0]);
    const second = await world.start('worker');
    world.backend.onProvision = (call) => call.ready();

    expect(await first?.stop()).toEqual({ code: 0, signal: null });
    const brokenAt = await eventually(() => cut.brokenAt ?? undefined);
    await world.untilState(id, 'succeeded');
    await expectHandedOver(world, id, second.pid, brokenAt);
  });

  it('hands actions over in production while it still answers requests', async (context) => {
    const world = await CrashWorld.create(context, {
      env: { NODE_ENV: 'production', LOG_LEVEL: 'info' },
    });
    world.backend.onProvision = (call) => call.pending('warming up', 4_500);
    const [, first] = await world.startAll('web', 'worker');
    const { id } = world.deploy('thing');
    await eventually(() => world.twin.deployment(id).actions[0]?.statusText === 'warming up');
    const second = await world.start('worker');

    const ended = first?.stop();
    await eventually(() => world.backend.callsFor(id).some(({ pid }) => pid === second.pid));
    expect((await fetch(`${first?.url}/livez`)).status).toBe(200);
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it('ends within its limit while the database is stuck, and another worker continues', async (context) => {
    const world = await CrashWorld.create(context, { env: { LOG_LEVEL: 'warn' } });
    world.backend.onProvision = () => undefined;
    const [, first] = await world.startAll('web', 'worker');
    const { id } = world.deploy('thing');
    await eventually(() => world.backend.callsFor(id)[0]);
    const unlock = await lockActions(world);

    expect(await first?.stop()).toEqual({ code: 1, signal: null });
    expect(first?.output()).toMatch(/"event":"stopped-late","count":1,/);
    expect(first?.output()).not.toContain('"event":"stopped"');
    await unlock();
    world.backend.onProvision = (call) => call.ready();
    await world.start('worker');
    await world.untilState(id, 'succeeded');
    await world.untilQuiet();
    await expectSound(world);
  });
});

/** Blocks all reads and writes of actions until the returned function is called. */
async function lockActions(world: CrashWorld): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: world.database.url });
  client.on('error', () => undefined); // the database may be dropped before the connection ends
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE action IN ACCESS EXCLUSIVE MODE');
  return () => client.end();
}

async function expectHandedOver(world: CrashWorld, id: string, pid: number, since: number): Promise<void> {
  const last = world.backend.callsFor(id).at(-1);
  expect(last?.pid).toBe(pid);
  expect((last?.at ?? Infinity) - since, 'milliseconds until another worker continued').toBeLessThan(
    LAPSE_MS / 2,
  );
  expect(await world.answer(id)).toMatchObject({ state: 'succeeded', attempts: 1 });
  expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
  await world.untilQuiet();
  await expectSound(world);
}
