import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createDatabase, startPostgres } from '../support/postgres.js';
import { eventually } from '../support/world.js';
import { CrashWorld, FILL_TEMPLATE, query } from './world/crash-world.js';
import { expectSound } from './world/soundness.js';

const CALL_LIMIT_MS = 30_000;

describe.concurrent('a worker that is killed', () => {
  it('leaves nothing behind when its create takes effect after the cancel', async (context) => {
    const world = await CrashWorld.create(context);
    world.backend.onProvision = () => undefined;
    const [, worker] = await world.startAll('web', 'worker');
    const { id } = world.deploy('thing');
    const create = await eventually(() => world.backend.callsFor(id)[0]);
    await worker?.kill();
    world.twin.cancel(id);
    await world.start('worker');
    await eventually(() => world.backend.deprovisions.length === 1);

    create.land();
    expect([...world.backend.things]).toEqual([create.key]);
    expect(performance.now() - create.at, 'milliseconds of the call').toBeLessThan(CALL_LIMIT_MS);
    await world.untilState(id, 'canceled');
    expect([...world.backend.things]).toEqual([]);
    expect(world.backend.deprovisions.length).toBeGreaterThanOrEqual(2);
    await world.untilQuiet();
    await expectSound(world);
  });

  it('leaves nothing behind when CREATE DATABASE ends after the cancel', async (context) => {
    const { url, busy, template } = await busyTemplate(context);
    const world = await CrashWorld.create(context, { branches: { url, template } });
    const [, worker] = await world.startAll('web', 'worker');
    const { id } = world.deploy('branch', { gitRef: 'main' });
    const create = await eventually(() =>
      backend(url, `query ILIKE 'create database%' AND state = 'active'`),
    );
    process.kill(create, 'SIGSTOP'); // it waits until the template is free, and stays stopped after that
    await Promise.all([worker?.kill(), busy.end()]);
    world.twin.cancel(id);
    const other = await world.start('worker');
    // The stopped backend's session has the lock: the other worker's call finds the lock and waits.
    await eventually(() => backend(url, `query LIKE '%pg_catalog.pg_locks%'`));
    other.pause();
    process.kill(create, 'SIGCONT');
    await eventually(async () => (await world.branches()).length === 1);

    other.wake();
    await world.untilState(id, 'canceled');
    expect(await world.branches()).toEqual([]);
    const roles = await query(url, 'SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)', [
      world.project,
    ]);
    expect(roles).toEqual([]);
    await world.untilQuiet();
    await expectSound(world);
  });
});

/** Starts a server whose backends may be stopped, with a template that cannot be copied until `busy` ends. */
async function busyTemplate({ onTestFinished }: { onTestFinished(end: () => Promise<void>): void }) {
  const { url, stop } = await startPostgres();
  onTestFinished(stop);
  const template = await createDatabase({ name: 'template', server: url });
  await query(template.url, FILL_TEMPLATE);
  const busy = new pg.Client({ connectionString: template.url });
  busy.on('error', () => undefined); // the server ends before this client when the test fails
  await busy.connect();
  return { url, busy, template: template.name };
}

/** The pid of a backend that meets `condition`; undefined without one. */
async function backend(url: string, condition: string): Promise<number | undefined> {
  const rows = await query<{ pid: number }>(
    url,
    `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ${condition}`,
  );
  return rows[0]?.pid;
}
