/** The rehearsal of docs/operations.md, "Backup and restore". */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Audit } from '../../src/cli/allocations/allocations-audit.js';
import { runDrawbridge } from '../support/processes.js';
import { eventually, WAIT_MS } from '../support/world.js';
import { ArchivingCluster } from './world/archiving-cluster.js';
import { CrashWorld, readBranch } from './world/crash-world.js';
import { ownBranches } from './world/own-branches.js';
import { expectSound } from './world/soundness.js';

describe.concurrent('a database that is destroyed and restored from its backup', () => {
  it('loses no acknowledged webhook if its WAL is left, and nothing leaks', async (context) => {
    const cluster = await ArchivingCluster.start();
    context.onTestFinished(() => cluster.stop());
    const world = await CrashWorld.create(context, { server: cluster.url });
    await world.startAll('web', 'worker', 'worker');
    const ids: string[] = [];
    const ended = new AbortController();
    const load = keepDeploying(world, ids, ended.signal);

    await eventually(async () => (await succeeded(world)) > 3);
    await cluster.baseBackup();
    const backedUp = await succeeded(world);
    await eventually(async () => (await succeeded(world)) > backedUp + 3);
    await cluster.destroy({ wal: false });
    await eventually(() => world.entries('webhook.result').some(({ status }) => status === 503));
    await cluster.restore();
    const restored = await succeeded(world);
    await eventually(async () => (await succeeded(world)) > restored + 3);
    ended.abort();
    await load;
    await world.untilQuiet();

    for (const id of ids) {
      const { state } = await world.twin.waitFor(id, WAIT_MS);
      expect(['ready', 'canceled', 'deleted'], `${id} is ${state}`).toContain(state);
    }
    expect(
      world.processes.map(({ running }) => running),
      'no process was restarted',
    ).toEqual([true, true, true]);
    await expectSound(world);
    await expectAllGoes(world, ids);
  });

  it('differs from the real objects when restored to an earlier point: the audit lists both differences, and the sweeper and a redeploy remove them', async (context) => {
    const cluster = await ArchivingCluster.start();
    context.onTestFinished(() => cluster.stop());
    const branches = await ownBranches(context);
    const world = await CrashWorld.create(context, { server: cluster.url, branches });
    const before = await world.startAll('web', 'worker');
    const gone = await deployed(world, 'gone');
    const stays = await deployed(world, 'stays');
    await cluster.baseBackup();
    await cluster.restorePoint('before');
    const after = await deployed(world, 'after');
    world.twin.delete(gone.id);
    await world.untilState(gone.id, 'released');
    for (const process of before) expect(await process.stop()).toEqual({ code: 0, signal: null });

    await cluster.destroy({ wal: true });
    await cluster.restore('before');
    const found = await audit(world);
    expect(found.code).toBe(1);
    expect(found.strays.map(({ key }) => key)).toEqual([after.key]);
    expect(found.missing.map(({ key, deployments }) => ({ key, deployments }))).toEqual([
      { key: gone.key, deployments: [gone.id] },
    ]);

    await world.startAll('web', 'worker');
    // The sweeper checks the deployment of each success once a day; this makes the check due now.
    await world.sql(`UPDATE action SET check_at = now() WHERE state = 'succeeded'`);
    await world.untilState(gone.id, 'released', 100_000);
    const again = await deployed(world, 'after');
    expect(again.key, 'the next deployment of the branch uses the stray').toBe(after.key);
    expect(await audit(world)).toMatchObject({ code: 0, strays: [], missing: [] });
    await expectAllGoes(world, [stays.id, again.id]);
  });
});

const deploy = (world: CrashWorld, gitRef: string) => world.deploy('branch', { gitRef, build: readBranch });

async function deployed(world: CrashWorld, gitRef: string): Promise<{ id: string; key: string }> {
  const { id } = deploy(world, gitRef);
  expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
  const [row] = await world.sql<{ key: string }>(
    'SELECT l.key FROM action a JOIN allocation l ON l.id = a.allocation_id WHERE a.deployment_id = $1',
    [id],
  );
  return { id, key: row?.key ?? '' };
}

const succeeded = async (world: CrashWorld): Promise<number> =>
  (await world.sql(`SELECT 1 FROM transition WHERE to_state = 'succeeded'`)).length;

/** Cancels some deployments and deletes others, also while the database is down. */
async function keepDeploying(world: CrashWorld, ids: string[], ended: AbortSignal): Promise<void> {
  for (let n = 0; !ended.aborted; n++) {
    const { id } = deploy(world, `ref-${n % 5}`);
    ids.push(id);
    await sleep(250);
    const earlier = ids.at(-4);
    if (n % 7 === 3 && world.twin.deployment(id).state === 'waiting') world.twin.cancel(id);
    if (n % 5 === 4 && earlier !== undefined && world.twin.deployment(earlier).state === 'ready')
      world.twin.delete(earlier);
  }
}

async function audit(world: CrashWorld): Promise<Audit & { code: number | null }> {
  const { code, stdout } = await runDrawbridge(
    ['allocations', 'audit', '--json'],
    world.env('web'),
    world.home,
  );
  return { ...(JSON.parse(stdout) as Audit), code };
}

/** Deletes every deployment and expects that no object is left. */
async function expectAllGoes(world: CrashWorld, ids: readonly string[]): Promise<void> {
  for (const id of ids) if (world.twin.deployment(id).state === 'ready') world.twin.delete(id);
  await world.untilQuiet();
  await eventually(async () => (await world.branches()).length === 0);
  expect(await world.sql(`SELECT key FROM allocation WHERE state <> 'closed'`)).toEqual([]);
}
