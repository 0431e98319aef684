import { PgBoss } from 'pg-boss';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SWEEP_QUEUE } from '../../../src/database/queue/queue.js';
import { find } from '../../../src/provisioner/builtin/memory.js';
import { Sweeper } from '../../../src/sweeper/sweeper.js';
import { connection, createWorld, eventually, type World, WAIT_MS } from '../../support/world.js';

const ACTIONS = `actions:
  branch: { provisioner: memory }
  brief: { provisioner: memory, retainFailed: 1s }
  shared: { provisioner: memory, scope: git-branch, retainFailed: 1s }
  kept: { provisioner: memory, retainFailed: 'off' }
`;
const SILENT = { operation: 'cleanup' as const, webhooks: { drop: { attempts: 1000 } } };

let world: World;
beforeAll(async () => {
  world = await createWorld({ actions: ACTIONS });
  await world.app.nest.get(PgBoss).unschedule(SWEEP_QUEUE);
});
afterEach(() => world.twin.setFaults({}));
afterAll(() => world?.close());

const sweep = () => world.app.nest.get(Sweeper).sweep(new AbortController().signal);

/** Makes an installation with live deployments that never get a cleanup. */
async function installation(id: string, live: number, project = 'shop') {
  world.twin.install(id, `token-of-${id}`);
  await put(id, `token-of-${id}`);
  await world.api(`/api/v1/installations/${id}/resources/res_1`, {
    method: 'PUT',
    body: JSON.stringify({ productId: 'p', name: 'n' }),
  });
  return { id, deployments: await deploy(id, live, { project }) };
}
const put = (id: string, accessToken: string) =>
  world.api(`/api/v1/installations/${id}`, { method: 'PUT', body: JSON.stringify({ accessToken }) });

async function deploy(
  id: string,
  count: number,
  { project = 'shop', action = 'branch', gitRef = 'main' } = {},
): Promise<string[]> {
  const connections = [connection({ installationId: id, actions: [action] })];
  const ids = Array.from(
    { length: count },
    () => world.twin.createDeployment({ project, gitRef, faults: SILENT, connections }).id,
  );
  await eventually(async () => ((await states(ids))['succeeded'] ?? 0) === count);
  return ids;
}

async function states(deployments: readonly string[]): Promise<Record<string, number>> {
  const rows = await world.sql<{ state: string; count: number }>(
    'SELECT state, count(*)::int AS count FROM action WHERE deployment_id = ANY($1) GROUP BY state',
    [deployments],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}
const due = (deployments: readonly string[]) =>
  world.sql(`UPDATE action SET check_at = now() WHERE deployment_id = ANY($1)`, [deployments]);
const probeIsDue = (id: string) =>
  world.sql('UPDATE deployment_doubt SET asked_at = NULL WHERE installation_id = $1', [id]);
const doubtOf = async (id: string) => (await world.api(`/api/v1/installations/${id}`)).body.doubt;
const confirm = (id: string, reason = 'the customer deleted the project') =>
  world.api(`/api/v1/installations/${id}/confirm-deployments-gone`, {
    method: 'POST',
    body: JSON.stringify({ reason }),
  });
const allocationsOf = async (deployments: readonly string[]) => {
  const rows = await world.sql<{ key: string }>(
    'SELECT l.key FROM action a JOIN allocation l ON l.id = a.allocation_id WHERE deployment_id = ANY($1)',
    [deployments],
  );
  return rows.filter(({ key }) => find(key) !== null).length;
};
async function sample(name: string, labels: string): Promise<number> {
  const text = await (await fetch(`${world.app.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name}{${labels}}`));
  return Number(line?.split(' ')[1] ?? 0);
}
const doubted = (reason: string) => sample('drawbridge_installations_doubted', `reason="${reason}"`);
const releasedTotal = () => sample('drawbridge_actions_released_total', 'reason="deployment-gone"');

describe('an installation with many missing deployments', () => {
  it('keeps all 50 successes with the token of another team, raises one alert, and recovers with the right token', async () => {
    const { id, deployments } = await installation('icfg_wall', 50);
    const before = await releasedTotal();
    world.twin.addForeignToken('token-of-another-team');
    await put(id, 'token-of-another-team');
    await due(deployments.slice(0, 1)); // The others are due later, but count as evidence too.
    await sweep();
    expect(await states(deployments)).toEqual({ succeeded: 50 });
    expect(await allocationsOf(deployments)).toBe(50);
    expect(await doubtOf(id)).toMatchObject({ reason: 'none-found', gone: 50, found: 0, confirmedBy: null });
    await due(deployments);
    await sweep();
    expect(await states(deployments)).toEqual({ succeeded: 50 });
    await eventually(async () => (await doubted('none-found')) === 1);
    expect(await releasedTotal()).toBe(before);

    world.twin.delete(deployments[0] as string);
    await put(id, `token-of-${id}`);
    await sweep();
    await eventually(async () => (await states(deployments))['released'] === 1);
    expect(await states(deployments)).toEqual({ succeeded: 49, released: 1 });
    expect(await doubtOf(id)).toBeNull();
    await eventually(async () => (await doubted('none-found')) === 0);
  });

  it("is released after an operator's confirmation and a check, with the operator as actor", async () => {
    const { id, deployments } = await installation('icfg_confirm', 3);
    expect(await confirm(id)).toMatchObject({ status: 409 });
    deployments.forEach((one) => world.twin.delete(one));
    await due(deployments);
    await sweep();
    expect(await states(deployments)).toEqual({ succeeded: 3 });
    expect(await confirm(id)).toMatchObject({ status: 202, body: { doubt: { confirmedBy: /^operator:/ } } });
    await sweep();
    await eventually(async () => (await states(deployments))['released'] === 3);
    const rows = await world.sql<{ actor: string; reason: string }>(
      `SELECT DISTINCT actor, t.reason FROM transition t JOIN action a ON a.id = t.action_id
       WHERE deployment_id = ANY($1) AND event = 'release'`,
      [deployments],
    );
    expect(rows).toEqual([
      { actor: expect.stringMatching(/^operator:/), reason: 'the customer deleted the project' },
    ]);
    expect(await doubtOf(id)).toBeNull();
  });

  it('is released only as far as it was confirmed; later missing deployments stay and need their own confirmation', async () => {
    const { id, deployments } = await installation('icfg_shown', 2, 'deleted');
    const live = await deploy(id, 3, { project: 'lives' });
    deployments.forEach((one) => world.twin.delete(one));
    await due(deployments);
    await sweep();
    expect(await doubtOf(id)).toMatchObject({ reason: 'none-found', gone: 2, found: 0 });
    world.twin.addForeignToken('token-of-a-fifth-team');
    await put(id, 'token-of-a-fifth-team');
    await due(live);
    await sweep();
    expect(await confirm(id)).toMatchObject({ status: 202, body: { doubt: { gone: 2 } } });
    await sweep();
    await eventually(async () => (await states(deployments))['released'] === 2);
    expect(await states(live)).toEqual({ succeeded: 3 });
    expect(await doubtOf(id)).toMatchObject({ reason: 'none-found', gone: 3, confirmedBy: null });
    await put(id, `token-of-${id}`);
    await sweep();
    expect(await doubtOf(id)).toBeNull();
    expect(await states(live)).toEqual({ succeeded: 3 });
  });

  it('is no longer in doubt when nothing is left to release', async () => {
    const { id, deployments } = await installation('icfg_emptied', 2);
    deployments.forEach((one) => world.twin.delete(one));
    await due(deployments);
    await sweep();
    expect(await doubtOf(id)).toMatchObject({ reason: 'none-found' });
    for (const deployment of deployments) {
      const [row] = await world.sql<{ id: string }>('SELECT id FROM action WHERE deployment_id = $1', [
        deployment,
      ]);
      const body = JSON.stringify({ reason: 'the customer asked' });
      await world.api(`/api/v1/actions/${row?.id}/release`, { method: 'POST', body });
    }
    await eventually(async () => (await states(deployments))['released'] === 2);
    await sweep();
    expect(await doubtOf(id)).toBeNull();
  });

  it('keeps its successes when the right token arrives between the confirmation and the sweep', async () => {
    const { id, deployments } = await installation('icfg_hasty', 3);
    world.twin.addForeignToken('token-of-a-third-team');
    await put(id, 'token-of-a-third-team');
    await due(deployments);
    await sweep();
    await confirm(id);
    await put(id, `token-of-${id}`);
    await sweep();
    expect(await states(deployments)).toEqual({ succeeded: 3 });
    expect(await doubtOf(id)).toBeNull();
  });

  it('is in doubt for one project while another project is found', async () => {
    const { id, deployments } = await installation('icfg_project', 3, 'moved');
    const others = await deploy(id, 3, { project: 'stays' });
    deployments.forEach((one) => world.twin.delete(one));
    await due(deployments);
    await sweep();
    expect(await states([...deployments, ...others])).toEqual({ succeeded: 6 });
    expect(await doubtOf(id)).toMatchObject({ reason: 'none-found', gone: 3 });
  });

  it('stays in doubt after a restart', async () => {
    const { id, deployments } = await installation('icfg_restart', 2);
    deployments.forEach((one) => world.twin.delete(one));
    await due(deployments);
    await sweep();
    const other = await createWorld({ actions: ACTIONS, installed: false });
    await other.close();
    await probeIsDue(id);
    await sweep();
    expect(await states(deployments)).toEqual({ succeeded: 2 });
    expect(await doubtOf(id)).toMatchObject({ reason: 'none-found', gone: 2 });
  });
});

describe('the only deployment of an installation', () => {
  const pass = (days: number, id: string) =>
    world.sql(
      `UPDATE deployment_check SET gone_since = gone_since - make_interval(days => $1) WHERE installation_id = $2`,
      [days, id],
    );

  it('is released after days, once the token is proven for the installation', async () => {
    const { id, deployments } = await installation('icfg_alone', 1);
    world.twin.delete(deployments[0] as string);
    for (let check = 0; check < 3; check++) {
      await due(deployments);
      await sweep();
      expect(await states(deployments)).toEqual({ succeeded: 1 });
    }
    await pass(3, id);
    await due(deployments);
    await sweep();
    await eventually(async () => (await states(deployments))['released'] === 1);
  });

  it('is never released for "not found" alone, as after a transfer of its project, and is reported to the operator', async () => {
    const { id, deployments } = await installation('icfg_alone_moved', 1);
    const others = await deploy(id, 2, { project: 'stays' });
    world.twin.setFaults({
      deployment: deployments[0] as string,
      operation: 'get-deployment',
      api: { status404: {} },
    });
    for (let check = 0; check < 4; check++) {
      await due([...deployments, ...others]);
      await sweep();
      await pass(3, id);
    }
    expect(await states(deployments)).toEqual({ succeeded: 1 });
    expect(await doubtOf(id)).toMatchObject({ reason: 'none-found', gone: 1 });
  });

  it('is never released with the token of another team', async () => {
    const { id, deployments } = await installation('icfg_alone_foreign', 1);
    world.twin.addForeignToken('token-of-a-fourth-team');
    await put(id, 'token-of-a-fourth-team');
    for (let check = 0; check < 4; check++) {
      await due(deployments);
      await sweep();
      await pass(3, id);
    }
    expect(await states(deployments)).toEqual({ succeeded: 1 });
  });
});

describe('many missing deployments of a project', () => {
  it('are released after days without an operator while others of the project are found', async () => {
    const { id, deployments } = await installation('icfg_retention', 9);
    const old = deployments.slice(0, 6);
    old.forEach((one) => world.twin.delete(one));
    for (let check = 0; check < 3; check++) {
      await due(deployments);
      await sweep();
      expect(await states(deployments)).toEqual({ succeeded: 9 });
      expect(await doubtOf(id)).toMatchObject({ reason: 'many-gone', gone: 6, found: 3 });
    }
    await world.sql(
      `UPDATE deployment_check SET gone_since = gone_since - interval '3 days' WHERE installation_id = $1`,
      [id],
    );
    await due(deployments);
    await sweep();
    await eventually(async () => (await states(old))['released'] === 6);
    expect(await states(deployments.slice(6))).toEqual({ succeeded: 3 });
    expect(await doubtOf(id)).toBeNull();
  });
});

describe('a generic 410', () => {
  it('releases nothing', async () => {
    const { id, deployments } = await installation('icfg_410', 3);
    world.twin.setFaults({ operation: 'get-deployment', api: { status410: {} } });
    await due(deployments);
    await sweep();
    expect(await states(deployments)).toEqual({ succeeded: 3 });
    expect(await doubtOf(id)).toBeNull();
  });

  it('for a new deployment lets the build continue with the data of the webhook', async () => {
    const { id } = await installation('icfg_410_start', 0);
    world.twin.setFaults({ operation: 'get-deployment', api: { status410: {} } });
    const [deployment] = await deploy(id, 1);
    expect(await world.twin.waitFor(deployment as string, WAIT_MS)).toMatchObject({ state: 'ready' });
  });

  it('for a report fails the action and leaves no allocation', async () => {
    const { id } = await installation('icfg_410_report', 0);
    world.twin.setFaults({ operation: 'update-action', api: { status410: {} } });
    const connections = [connection({ installationId: id, actions: ['branch'] })];
    const { id: deployment } = world.twin.createDeployment({ project: 'shop', connections });
    await eventually(async () => (await states([deployment]))['failed'] === 1);
    const [row] = await world.sql<{ reason: string }>('SELECT reason FROM action WHERE deployment_id = $1', [
      deployment,
    ]);
    expect(row?.reason).toBe('refused');
    expect(await allocationsOf([deployment])).toBe(0);
  });
});

describe('a transferred installation', () => {
  it('is in doubt from the event on, and releases nothing until the new token is stored', async () => {
    const { id, deployments } = await installation('icfg_moved', 4);
    world.twin.transferInstallation(id, 'token-of-the-new-account');
    await eventually(async () => (await doubtOf(id))?.reason === 'transferred');
    await due(deployments);
    await sweep();
    expect(await states(deployments)).toEqual({ succeeded: 4 });
    expect(await doubtOf(id)).toMatchObject({ reason: 'transferred' });
    await put(id, 'token-of-the-new-account');
    await sweep();
    expect(await doubtOf(id)).toBeNull();
    expect(await states(deployments)).toEqual({ succeeded: 4 });
    const [more] = await deploy(id, 1);
    expect(await world.twin.waitFor(more as string, WAIT_MS)).toMatchObject({ state: 'ready' });
  });
});

describe('a deployment that failed at Vercel', () => {
  const failing = async (id: string, action: string, gitRef = 'main') => {
    const connections = [connection({ installationId: id, actions: [action] })];
    const build = () => Promise.reject(new Error('the build failed'));
    const input = { project: 'shop', gitRef, faults: SILENT, connections };
    const { id: deployment } = world.twin.createDeployment(input, build);
    expect(await world.twin.waitFor(deployment, WAIT_MS)).toMatchObject({ readyState: 'ERROR' });
    await eventually(async () => (await states([deployment]))['succeeded'] === 1);
    return deployment;
  };

  it('is released after the configured time without a cleanup', async () => {
    const { id } = await installation('icfg_failed', 1);
    const [failed, kept] = [await failing(id, 'brief'), await failing(id, 'kept')];
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await sweep();
    await eventually(async () => (await states([failed]))['released'] === 1);
    const [row] = await world.sql<{ reason: string }>('SELECT reason FROM action WHERE deployment_id = $1', [
      failed,
    ]);
    expect(row?.reason).toBe('deployment-failed');
    expect(await allocationsOf([failed])).toBe(0);
    await due([kept]);
    await sweep();
    expect(await states([kept])).toEqual({ succeeded: 1 });
  });

  it('keeps the allocation that it shares with a live deployment of the git branch', async () => {
    const { id } = await installation('icfg_failed_shared', 0);
    const [live] = await deploy(id, 1, { action: 'shared', gitRef: 'feature' });
    const failed = await failing(id, 'shared', 'feature');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await sweep();
    await eventually(async () => (await states([failed]))['released'] === 1);
    expect(await allocationsOf([live as string])).toBe(1);
    expect(await states([live as string])).toEqual({ succeeded: 1 });
  });
});
