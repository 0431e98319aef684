import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { mulberry32 } from '../../src/twin/faults.js';
import { EVERY_FAULT } from '../support/neon/faults.js';
import { startFakeNeon } from '../support/neon/fake-neon.js';
import { runDrawbridge } from '../support/processes.js';
import { CrashWorld } from './world/crash-world.js';
import { ownBranches } from './world/own-branches.js';

const DEPLOYMENTS = 50;
const GIT_BRANCHES = 10;
const SEED = 20_261;

/** What happens to a deployment, and when: before the deployment is ready, or after. */
const FATES = ['lives', 'is canceled early', 'is deleted early', 'is deleted late'] as const;

it(
  `${DEPLOYMENTS} deployments on ${GIT_BRANCHES} git branches leave exactly the branches of live deployments while a fifth of all requests to Neon fails, and the audit finds no difference`,
  { timeout: 400_000 },
  async (context) => {
    const neon = await startFakeNeon({ operationMs: 150 });
    context.onTestFinished(() => neon.stop());
    const config = { apiKey: neon.apiKey, project: neon.project().id, apiUrl: neon.url };
    const action = { name: 'Neon', provisioner: 'neon-branch', scope: 'git-branch', config };
    const branches = await ownBranches(context);
    const world = await CrashWorld.create(context, { branches, actions: () => ({ neon: action }) });
    await world.startAll('web', 'worker', 'worker');
    neon.faults.set({ probability: 0.2, kinds: EVERY_FAULT, seed: SEED, slowMs: 200, retryAfterSeconds: 1 });

    const random = mulberry32(SEED);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const plans = Array.from({ length: DEPLOYMENTS }, (_, index) => ({
      gitRef: `feature/${index % GIT_BRANCHES}`,
      fate: index < GIT_BRANCHES / 2 ? 'lives' : pick(FATES), // at least these git branches stay in use
      afterMs: Math.floor(random() * 4_000),
    }));
    const deployed = await Promise.all(plans.map(async (plan) => ({ plan, id: await live(world, plan) })));
    neon.faults.set({ probability: 0 });
    await world.untilQuiet(240_000);

    const alive = deployed.filter(({ id }) => world.twin.deployment(id).state === 'ready');
    expect(alive.length).toBeGreaterThanOrEqual(GIT_BRANCHES / 2);
    for (const { id } of alive) expect(await world.action(id)).toMatchObject({ state: 'succeeded' });
    const held = await world.heldKeys('neon');
    expect(held).toHaveLength(new Set(alive.map(({ plan }) => plan.gitRef)).size);
    expect(neon.keys().toSorted()).toEqual(held);
    expect(neon.branches()).toHaveLength(held.length);
    expect(world.entries('violation')).toEqual([]);

    const clean = await audit(world);
    expect(clean, clean.stdout).toMatchObject({ code: 0 });
    neon.project().addBranch({ name: 'preview/forgotten', annotation: { 'drawbridge-key': 'forgotten-1' } });
    neon.project().removeBranch(neon.branchesOf(held[0] as string)[0]?.id as string);
    const found = await audit(world);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('forgotten-1');
    expect(found.stdout).toContain(held[0]);
    expect(found.stdout).not.toContain(held[1]);
  },
);

async function live(
  world: CrashWorld,
  { gitRef, fate, afterMs }: { gitRef: string; fate: (typeof FATES)[number]; afterMs: number },
): Promise<string> {
  await sleep(afterMs);
  const { id } = world.deploy('neon', { gitRef });
  if (fate === 'is canceled early' || fate === 'is deleted early') {
    await sleep(afterMs / 4);
    const isOver = ['ready', 'error'].includes(world.twin.deployment(id).state);
    world.twin[fate === 'is canceled early' && !isOver ? 'cancel' : 'delete'](id);
  }
  await world.twin.waitFor(id, 200_000);
  if (fate === 'is deleted late') world.twin.delete(id);
  return id;
}

const audit = (world: CrashWorld) => runDrawbridge(['allocations', 'audit'], world.env('worker'), world.home);
