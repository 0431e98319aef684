import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { find } from '../../../src/provisioner/builtin/memory.js';
import { Sweeper } from '../../../src/sweeper/sweeper.js';
import { connection, createWorld, eventually, type World, WAIT_MS } from '../../support/world.js';

const ACTIONS = `actions:
  branch: { provisioner: memory, scope: git-branch }
`;

let world: World;
beforeAll(async () => {
  world = await createWorld({ actions: ACTIONS });
});
afterAll(() => world?.close());

interface Row {
  state: string;
  installation: string;
  identity: string | null;
  key: string | null;
  owner: string | null;
}
const rowsOf = (deployment: string) =>
  world.sql<Row & Record<string, unknown>>(
    `SELECT a.state, a.installation_id AS installation, l.identity, l.key, l.installation_id AS owner
     FROM action a LEFT JOIN allocation l ON l.id = a.allocation_id
     WHERE deployment_id = $1 ORDER BY a.created_at`,
    [deployment],
  );
const install = async (id: string) => {
  world.twin.install(id, `token-of-${id}`);
  await world.api(`/api/v1/installations/${id}`, {
    method: 'PUT',
    body: JSON.stringify({ accessToken: `token-of-${id}` }),
  });
};
const putResource = (id: string, resource: string, more: object = {}) =>
  world.api(`/api/v1/installations/${id}/resources/${resource}`, {
    method: 'PUT',
    body: JSON.stringify({ productId: 'p', name: 'Main', ...more }),
  });
const push = (installationId: string, resourceId: string, gitRef = 'feature') =>
  world.twin.createDeployment({
    project: 'shop',
    gitRef,
    connections: [connection({ installationId, resourceId, actions: ['branch'] })],
  }).id;
const live = async (installationId: string, resourceId: string, gitRef?: string) => {
  const id = push(installationId, resourceId, gitRef);
  await world.twin.waitFor(id, WAIT_MS);
  const [row] = await eventually(async () => {
    const rows = await rowsOf(id);
    return rows[0]?.state === 'succeeded' && rows;
  });
  return { id, row: row as Row };
};
const sum = async (name: string) => {
  const text = await (await fetch(`${world.app.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
};

describe('a resource that an admin transfers', () => {
  it('keeps its allocations for pushes and cleanups under the new installation', async () => {
    await Promise.all(['icfg_a', 'icfg_b'].map(install));
    await putResource('icfg_a', 'res_moves', { settings: { size: 'small' } });
    const before = await live('icfg_a', 'res_moves');
    world.twin.transferResource('res_moves', 'icfg_a', 'icfg_b');
    const put = await putResource('icfg_b', 'res_moves', { transferredFrom: 'icfg_a' });
    expect(put).toMatchObject({
      status: 200,
      body: { installationId: 'icfg_b', settings: { size: 'small' } },
    });
    expect(put.body).not.toHaveProperty('origin');
    expect((await world.api('/api/v1/installations/icfg_a/resources/res_moves')).status).toBe(404);
    expect(await rowsOf(before.id)).toMatchObject([{ installation: 'icfg_b', owner: 'icfg_b' }]);

    const after = await live('icfg_b', 'res_moves');
    expect(after.row).toMatchObject({
      key: before.row.key,
      identity: before.row.identity,
      installation: 'icfg_b',
    });

    await world.api('/api/v1/installations/icfg_a', { method: 'DELETE' });
    await world.app.nest.get(Sweeper).sweep(new AbortController().signal);
    expect(await rowsOf(after.id)).toMatchObject([{ state: 'succeeded' }]);
    expect(find(before.row.key as string)).not.toBeNull();

    world.twin.delete(before.id);
    world.twin.delete(after.id);
    await eventually(async () => {
      const rows = [...(await rowsOf(before.id)), ...(await rowsOf(after.id))];
      return rows.length === 2 && rows.every(({ state }) => state === 'released');
    });
    expect(find(before.row.key as string)).toBeNull();
  });

  it('shares nothing with a new resource that has its old id', async () => {
    await Promise.all(['icfg_c', 'icfg_d'].map(install));
    await putResource('icfg_c', 'default');
    const moved = await live('icfg_c', 'default', 'main');
    world.twin.transferResource('default', 'icfg_c', 'icfg_d');
    await putResource('icfg_d', 'default', { transferredFrom: 'icfg_c' });
    await putResource('icfg_c', 'default');
    const own = await live('icfg_c', 'default', 'main');
    expect(own.row.key).not.toBe(moved.row.key);
    expect(own.row.identity).not.toBe(moved.row.identity);
    const again = await live('icfg_d', 'default', 'main');
    expect(again.row.key).toBe(moved.row.key);
  });

  it('executes a cleanup that arrived under the new installation before the transfer', async () => {
    await Promise.all(['icfg_e', 'icfg_f'].map(install));
    await putResource('icfg_e', 'res_late');
    const before = await live('icfg_e', 'res_late');
    const elsewhere = await sum('drawbridge_webhooks_elsewhere_total\\{type="cleanup"\\}');
    world.twin.transferResource('res_late', 'icfg_e', 'icfg_f');
    world.twin.delete(before.id);
    await eventually(async () => (await rowsOf(before.id)).length === 2);
    expect((await rowsOf(before.id)).find(({ installation }) => installation === 'icfg_e')?.state).toBe(
      'succeeded',
    );
    expect(find(before.row.key as string)).not.toBeNull();
    expect(await sum('drawbridge_webhooks_elsewhere_total\\{type="cleanup"\\}')).toBe(elsewhere + 1);
    await putResource('icfg_f', 'res_late', { transferredFrom: 'icfg_e' });
    await eventually(async () => (await rowsOf(before.id)).every(({ state }) => state === 'released'));
    expect(find(before.row.key as string)).toBeNull();
  });

  it('reports with the new token when it is transferred while an action is reporting', async () => {
    await Promise.all(['icfg_g', 'icfg_h'].map(install));
    await putResource('icfg_g', 'res_busy');
    world.twin.setFaults({ operation: 'update-action', api: { status5xx: {} } });
    const id = push('icfg_g', 'res_busy');
    await eventually(async () => (await rowsOf(id))[0]?.state === 'reporting');
    world.twin.transferResource('res_busy', 'icfg_g', 'icfg_h');
    await putResource('icfg_h', 'res_busy', { transferredFrom: 'icfg_g' });
    world.twin.setFaults({});
    expect(await world.twin.waitFor(id, WAIT_MS)).toMatchObject({ state: 'ready' });
    await eventually(async () => (await rowsOf(id))[0]?.state === 'succeeded');
  });
});

describe('the same resource id under two installations', () => {
  it('is two resources, and events of one do not move the other', async () => {
    await Promise.all(['icfg_x', 'icfg_y'].map(install));
    await Promise.all(['icfg_x', 'icfg_y'].map((id) => putResource(id, 'same')));
    const [x, y] = [await live('icfg_x', 'same'), await live('icfg_y', 'same')];
    expect(x.row.key).not.toBe(y.row.key);
    world.twin.delete(x.id);
    await eventually(async () => (await rowsOf(x.id))[0]?.state === 'released');
    expect(await rowsOf(y.id)).toMatchObject([{ state: 'succeeded' }]);
  });

  it('cannot be transferred while the target has its own allocations', async () => {
    await Promise.all(['icfg_v', 'icfg_w'].map(install));
    await Promise.all(['icfg_v', 'icfg_w'].map((id) => putResource(id, 'default')));
    const [v, w] = [await live('icfg_v', 'default'), await live('icfg_w', 'default')];
    const refused = await putResource('icfg_w', 'default', { transferredFrom: 'icfg_v' });
    expect(refused).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/already has 1 allocation\(s\)/) },
    });
    expect((await live('icfg_v', 'default')).row.key).toBe(v.row.key);
    expect((await live('icfg_w', 'default')).row.key).toBe(w.row.key);
  });

  it('can be transferred there and back', async () => {
    await Promise.all(['icfg_s', 'icfg_t'].map(install));
    await putResource('icfg_s', 'res_back');
    const first = await live('icfg_s', 'res_back');
    for (const [from, to] of [
      ['icfg_s', 'icfg_t'],
      ['icfg_t', 'icfg_s'],
    ] as const) {
      world.twin.transferResource('res_back', from, to);
      expect((await putResource(to, 'res_back', { transferredFrom: from })).status).toBe(200);
      expect((await live(to, 'res_back')).row).toMatchObject({ key: first.row.key, owner: to });
    }
    expect((await putResource('icfg_t', 'res_back')).status).toBe(201);
    expect((await live('icfg_t', 'res_back')).row.key).not.toBe(first.row.key);
  });

  it.each([
    ['a resource that the source does not have', 'icfg_x', { transferredFrom: 'icfg_y' }, 'none', 404],
    ['an installation that is not known', 'icfg_unknown', { transferredFrom: 'icfg_x' }, 'same', 404],
    ['its own installation', 'icfg_x', { transferredFrom: 'icfg_x' }, 'same', 400],
  ])('is not transferred from %s', async (_, target, body, resource, status) => {
    expect((await putResource(target, resource, body)).status).toBe(status);
  });
});
