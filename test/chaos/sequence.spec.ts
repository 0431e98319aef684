import { expect, inject, it } from 'vitest';
import type { DrawbridgeProcess } from '../support/processes.js';
import { query } from './world/crash-world.js';
import { type Hold, type Kind, SequenceWorld } from './world/sequence-world.js';
import { WAIT_MS } from '../support/wait.js';

type Point = readonly [gitRef: string, arm: (world: SequenceWorld) => Hold | Promise<Hold>];

const holdWrite = (gitRef: string, kind: Kind, done: number): Point => [
  gitRef,
  (world) => world.holdWrite(gitRef, kind, done),
];

const CANCELED = [
  ['canceled-in-thing', 'thing', false],
  ['canceled-in-thing-done', 'thing', true],
  ['canceled-in-last', 'last', false],
  ['canceled-in-last-done', 'last', true],
] as const;

/**
 * Each list ends with a `kill -9` when every one of its deployments is at its point. A worker has at most two
 * transactions in flight, so one list can hold at most two writes, which come last. The deployments named
 * `canceled` are canceled after the kill.
 */
const KILLS: readonly (readonly Point[])[] = [
  [
    ['in-sql', (world) => world.holdSql('in-sql')],
    ['canceled-in-sql', (world) => world.holdSql('canceled-in-sql')],
    ['in-thing', (world) => world.holdThing('in-thing', 'thing')],
    ['in-thing-done', (world) => world.holdThing('in-thing-done', 'thing', { lands: true })],
    ['in-last', (world) => world.holdThing('in-last', 'last')],
    ['in-last-done', (world) => world.holdThing('in-last-done', 'last', { lands: true })],
    ...CANCELED.map(([gitRef, step, lands]): Point => [
      gitRef,
      (world) => world.holdThing(gitRef, step, { lands }),
    ]),
    ['in-secrets', (world) => world.holdThing('in-secrets', 'thing', { number: 2 })],
    ['in-branch', (world) => world.holdCopy('in-branch')],
  ],
  [holdWrite('branch-unrecorded', 'record', 1), holdWrite('branch-to-sql', 'starts', 1)],
  [holdWrite('sql-unrecorded', 'record', 2), holdWrite('sql-to-thing', 'starts', 2)],
  [holdWrite('thing-unrecorded', 'record', 3), holdWrite('thing-to-last', 'starts', 3)],
  [holdWrite('last-unrecorded', 'record', 4), holdWrite('last-to-secrets', 'starts', 4)],
  [holdWrite('secrets-unreported', 'verdict', 4), holdWrite('report-unrecorded', 'reported', 4)],
];
const REFS = KILLS.flat().map(([gitRef]) => gitRef);
const ENV = [
  'DATABASE_URL',
  'PGDATABASE',
  'PGHOST',
  'PGPASSWORD',
  'PGPORT',
  'PGUSER',
  'THING_KEY',
  'THING_TOKEN',
];

it('a sequence of four steps whose worker is killed in and between all steps makes each effect once, has complete secrets, and leaves nothing behind', async (context) => {
  const world = await SequenceWorld.create(context);
  const { crash } = world;
  await crash.start('web');
  const deployments = new Map<string, string>();
  for (const points of KILLS) {
    const worker = await crash.start('worker');
    const holds: Hold[] = [];
    for (const [gitRef, arm] of points) {
      const hold = await arm(world);
      deployments.set(gitRef, crash.deploy('all', { gitRef }).id);
      await hold.reached();
      holds.push(hold);
    }
    await worker.kill();
    for (const [gitRef] of points) if (isCanceled(gitRef)) crash.twin.cancel(deployments.get(gitRef) ?? '');
    for (const hold of holds) await hold.release();
  }
  const last = await crash.start('worker');
  for (const [gitRef, id] of deployments) {
    if (isCanceled(gitRef)) await crash.untilState(id, 'canceled', 90_000);
    else {
      expect((await crash.twin.waitFor(id, WAIT_MS)).state, gitRef).toBe('ready');
      await expectOnce(world, gitRef, crash.twin.deployment(id).env);
    }
  }
  await crash.untilQuiet();
  expect([...deployments.keys()]).toEqual(REFS);
  await expectCanceled(world);

  await takeDown(world, deployments, last);
  await expectNothing(world);
}, 900_000);

const isCanceled = (gitRef: string): boolean => gitRef.startsWith('canceled');

/** Expects nothing of the canceled deployments and all objects of the others. */
async function expectCanceled({ crash }: SequenceWorld): Promise<void> {
  const live = REFS.filter((gitRef) => !isCanceled(gitRef));
  expect(await crash.branches()).toHaveLength(live.length);
  expect(crash.backend.things.size).toBe(live.length * 2);
  for (const key of [...crash.backend.things, ...(await crash.branches())])
    expect(key).not.toContain('canceled');
}

async function kill(worker: DrawbridgeProcess, holds: readonly Hold[]): Promise<void> {
  await worker.kill();
  for (const hold of holds) await hold.release();
}

/** The environment variables that the build of a deployment gets. */
async function expectOnce(world: SequenceWorld, gitRef: string, env: Record<string, string>): Promise<void> {
  const { backend } = world.crash;
  const key = await world.keyOf(gitRef);
  expect(Object.keys(env).toSorted(), gitRef).toEqual(ENV);
  expect(env, gitRef).toMatchObject({ PGDATABASE: key, THING_KEY: key });
  const url = env['DATABASE_URL'] ?? '';
  expect(await query(url, 'SELECT what FROM log ORDER BY n'), gitRef).toEqual([
    { what: 'first' },
    { what: 'second' },
  ]);
  expect(await query(url, 'SELECT name FROM drawbridge_sql ORDER BY name'), gitRef).toHaveLength(2);
  expect([backend.made.get(key), backend.made.get(`${key}-last`)], gitRef).toEqual([1, 1]);
  const notes = backend.provisions.filter((call) => call.key === `${key}-last`).map((call) => call.note);
  expect(new Set(notes), gitRef).toEqual(new Set([env['THING_TOKEN']]));
  const [row] = await world.crash.sql<{ handle: string }>(
    'SELECT handle::text FROM allocation WHERE key = $1',
    [key],
  );
  for (const secret of ['DATABASE_URL', 'PGPASSWORD', 'THING_TOKEN'])
    expect(row?.handle).not.toContain(env[secret]);
}

/**
 * Deletes all deployments. Kills the worker while it deprovisions the last step of one, and the next worker
 * while it deprovisions the branch of that one.
 */
async function takeDown(
  world: SequenceWorld,
  deployments: ReadonlyMap<string, string>,
  first: DrawbridgeProcess,
): Promise<void> {
  const { crash } = world;
  const removal = world.holdRemoval('in-sql');
  for (const id of deployments.values()) crash.twin.delete(id);
  await removal.reached();
  const branch = await world.holdBranch('in-sql');
  await kill(first, [removal]);
  const second = await crash.start('worker');
  await branch.reached();
  await kill(second, [branch]);
  await crash.start('worker');
  for (const id of deployments.values()) await crash.untilState(id, 'released', 120_000);
  await crash.untilQuiet();
}

async function expectNothing({ crash }: SequenceWorld): Promise<void> {
  expect(await crash.branches()).toEqual([]);
  const roles = 'SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)';
  expect(await query(inject('postgresUrl'), roles, [crash.project])).toEqual([]);
  expect([...crash.backend.things]).toEqual([]);
  const open = await crash.sql(
    `SELECT key FROM allocation WHERE state <> 'closed' OR sealed_seed IS NOT NULL`,
  );
  expect(open).toEqual([]);
  expect(crash.entries('violation'), 'contradictions that the twin found').toEqual([]);
}
