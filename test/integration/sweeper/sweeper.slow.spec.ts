import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication } from '../../../src/boot/create-app.js';
import { loadConfig } from '../../../src/config/config.js';
import { SWEEP_QUEUE } from '../../../src/database/queue/queue.js';
import { find } from '../../../src/provisioner/builtin/memory.js';
import { Sweeper } from '../../../src/sweeper/sweeper.js';
import type { DeploymentInput } from '../../../src/twin/twin.js';
import {
  connection,
  createWorld,
  eventually,
  INSTALLATION,
  TOKEN,
  type World,
  WAIT_MS,
} from '../../support/world.js';

const ACTIONS = `actions:
  branch: { provisioner: memory }
  brief: { provisioner: memory, retain: 1s }
  brief-all: { provisioner: memory, retain: 1s, retainProduction: true }
  shared: { provisioner: memory, scope: git-branch, retain: 1h }
`;

/** Drops every cleanup webhook. */
const SILENT = { operation: 'cleanup' as const, webhooks: { drop: { attempts: 1000 } } };

let world: World;
let scheduled: { cron: string }[];
beforeAll(async () => {
  world = await createWorld({ actions: ACTIONS });
  const boss = world.app.nest.get(PgBoss);
  scheduled = await boss.getSchedules(SWEEP_QUEUE);
  // The schedule starts the first sweep; the tests start the others.
  await eventually(async () => (await jobs('completed')).length > 0, 100_000);
  await boss.unschedule(SWEEP_QUEUE);
});
afterAll(() => world?.close());

const jobs = (state: string) =>
  world.sql<{ id: string }>(`SELECT id FROM pgboss.job WHERE name = '${SWEEP_QUEUE}' AND state::text = $1`, [
    state,
  ]);
const sweep = () => world.app.nest.get(Sweeper).sweep(new AbortController().signal);

interface Row {
  id: string;
  state: string;
  reason: string | null;
  key: string;
  actors: string[];
  check_hours: number;
}
async function rowOf(deployment: string, of = world): Promise<Row> {
  const [row] = await of.sql<Row & Record<string, unknown>>(
    `SELECT a.id, a.state, a.reason, l.key,
       extract(epoch FROM check_at - now())::float8 / 3600 AS check_hours,
       array(SELECT actor || ' ' || event FROM transition t WHERE t.action_id = a.id ORDER BY t.id) AS actors
     FROM action a LEFT JOIN allocation l ON l.id = a.allocation_id WHERE deployment_id = $1`,
    [deployment],
  );
  return row as Row;
}
const rested = (deployment: string, state: string, of = world) =>
  eventually(async () => {
    const row = await rowOf(deployment, of);
    return row?.state === state && row;
  });
/** Makes a deployment whose only action has succeeded, and which never gets a cleanup. */
async function succeeded(action: string, over: Partial<DeploymentInput> = {}, of = world): Promise<string> {
  const connections = over.connections ?? [connection({ actions: [action] })];
  const { id } = of.twin.createDeployment({ project: 'shop', faults: SILENT, ...over, connections });
  await rested(id, 'succeeded', of);
  return id;
}
const due = (deployment: string) =>
  world.sql(`UPDATE action SET check_at = now() WHERE deployment_id = $1`, [deployment]);
const requestsFor = (deployment: string) =>
  world.twin
    .log()
    .filter(
      (entry) =>
        entry.kind === 'api' && entry.operation === 'get-deployment' && entry.deploymentId === deployment,
    ).length;
const released = async (reason: string): Promise<number> => {
  const text = await (await fetch(`${world.app.url}/metrics`)).text();
  const line = new RegExp(`^drawbridge_actions_released_total\\{reason="${reason}"\\} (\\d+)$`, 'm');
  return Number(line.exec(text)?.[1] ?? 0);
};

describe('expiry', () => {
  it('releases an expired success, and one of production only if configured', async () => {
    const [preview, production, all] = await Promise.all([
      succeeded('brief'),
      succeeded('brief', { target: 'production' }),
      succeeded('brief-all', { target: 'production' }),
    ]);
    const { key } = await rowOf(preview);
    expect(find(key)).not.toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await sweep();
    const rows = await Promise.all([preview, all].map((id) => rested(id, 'released')));
    for (const row of rows) {
      expect(row.reason).toBe('retained');
      expect(row.actors.slice(-2)).toEqual(['sweeper release', 'worker gone']);
      expect(find(row.key)).toBeNull();
    }
    expect(await rowOf(production)).toMatchObject({ state: 'succeeded', reason: null });
    expect(find((await rowOf(production)).key)).not.toBeNull();
  });

  it('releases one holder of a shared allocation, and deprovisions it with the last', async () => {
    const [old, young] = [
      await succeeded('shared', { gitRef: 'feature' }),
      await succeeded('shared', { gitRef: 'feature' }),
    ];
    const { key } = await rowOf(young);
    expect((await rowOf(old)).key).toBe(key);
    const age = (id: string) =>
      world.sql(`UPDATE action SET succeeded_at = now() - interval '61 minutes' WHERE deployment_id = $1`, [
        id,
      ]);
    await age(old);
    await sweep();
    await rested(old, 'released');
    expect(find(key)).not.toBeNull();
    expect((await rowOf(young)).state).toBe('succeeded');
    await age(young);
    await sweep();
    await rested(young, 'released');
    expect(find(key)).toBeNull();
  });
});

describe('deployments deleted without a cleanup', () => {
  it('are found when their check is due, and are released', async () => {
    const [gone, there] = [await succeeded('branch'), await succeeded('branch')];
    world.twin.delete(gone);
    await sweep();
    expect((await rowOf(gone)).state).toBe('succeeded'); // The check is due a day after the success.
    const before = await released('deployment-gone');
    await due(gone);
    await due(there);
    await sweep();
    const row = await rested(gone, 'released');
    expect(row).toMatchObject({ reason: 'deployment-gone' });
    expect(find(row.key)).toBeNull();
    expect(await released('deployment-gone')).toBe(before + 1);
    const kept = await rowOf(there);
    expect(kept.state).toBe('succeeded');
    expect(kept.check_hours).toBeGreaterThan(23);
    const requests = requestsFor(there);
    await sweep();
    expect(requestsFor(there)).toBe(requests); // The check is due once a day.
  });

  it('count as gone from the beginning of their recovery period, unless they were restored', async () => {
    const [deleted, restored] = [await succeeded('branch'), await succeeded('branch')];
    for (const id of [deleted, restored]) {
      await world.twin.waitFor(id, WAIT_MS);
      world.twin.deleteSoftly(id);
      await due(id);
    }
    world.twin.undelete(restored);
    await sweep();
    expect(await rested(deleted, 'released')).toMatchObject({ reason: 'deployment-gone' });
    expect((await rowOf(restored)).state).toBe('succeeded');
    world.twin.deleteSoftly(restored);
    await due(restored);
    await sweep();
    await rested(restored, 'released');
  });

  it('are checked once for all their actions', async () => {
    const connections = [connection({ actions: ['branch', 'shared'] })];
    const { id } = world.twin.createDeployment({ project: 'shop', faults: SILENT, connections });
    await world.twin.waitFor(id, WAIT_MS);
    await eventually(async () => {
      const rows = await world.sql(`SELECT FROM action WHERE deployment_id = $1 AND state = 'succeeded'`, [
        id,
      ]);
      return rows.length === 2;
    });
    const requests = requestsFor(id);
    await due(id);
    world.twin.delete(id);
    await sweep();
    expect(requestsFor(id)).toBe(requests + 1);
    await eventually(async () => {
      const rows = await world.sql(`SELECT FROM action WHERE deployment_id = $1 AND state = 'released'`, [
        id,
      ]);
      return rows.length === 2;
    });
  });

  it('are kept when Vercel gives no answer about them: an unknown token, an error', async () => {
    const id = await succeeded('branch');
    await due(id);
    world.twin.install(INSTALLATION, 'another-token');
    await sweep();
    world.twin.install(INSTALLATION, TOKEN);
    const unread = await rowOf(id);
    expect(unread.state).toBe('succeeded');
    expect(unread.check_hours).toBeGreaterThan(23);
    await due(id);
    world.twin.setFaults({ operation: 'get-deployment', deployment: id, api: { status5xx: {} } });
    await sweep();
    world.twin.setFaults({});
    const later = await rowOf(id);
    expect(later.state).toBe('succeeded');
    expect(later.check_hours).toBeLessThan(2);
    expect(later.check_hours).toBeGreaterThan(0.5);
  });

  it('are not checked further in a sweep in which Vercel does not answer', async () => {
    const ids = await Promise.all(Array.from({ length: 14 }, () => succeeded('branch')));
    await Promise.all(ids.map(due));
    const before = ids.map(requestsFor).reduce((a, b) => a + b);
    world.twin.setFaults({ operation: 'get-deployment', api: { status429: { retryAfterSeconds: 1 } } });
    await sweep();
    world.twin.setFaults({});
    const requests = ids.map(requestsFor).reduce((a, b) => a + b) - before;
    expect(requests).toBeGreaterThanOrEqual(5);
    expect(requests).toBeLessThanOrEqual(9); // The fifth answer ends the sweep, with three more in flight.
    const rows = await Promise.all(ids.map((id) => rowOf(id)));
    expect(rows.filter(({ check_hours: hours }) => hours <= 0)).toHaveLength(14 - requests);
    expect(rows.every(({ state }) => state === 'succeeded')).toBe(true);
  });
});

describe('a removed installation', () => {
  async function installed(id: string) {
    world.twin.install(id, `token-of-${id}`);
    const put = (path: string, body: object) =>
      world.api(`/api/v1/installations/${path}`, { method: 'PUT', body: JSON.stringify(body) });
    await put(id, { accessToken: `token-of-${id}` });
    await put(`${id}/resources/res_1`, { productId: 'p', name: 'n', settings: {} });
    return [connection({ installationId: id })];
  }

  it.each([
    ['the webhook', async (id: string) => world.twin.uninstall(id)],
    ['an admin', async (id: string) => world.api(`/api/v1/installations/${id}`, { method: 'DELETE' })],
  ])('releases all its actions at once without a token when %s removes it', async (remover, remove) => {
    const id = `icfg_${remover.replaceAll(' ', '_')}`;
    const connections = await installed(id);
    const deployments = await Promise.all([1, 2].map(() => succeeded('branch', { connections })));
    const other = await succeeded('branch');
    await remove(id);
    for (const deployment of deployments) {
      const row = await rested(deployment, 'released');
      expect(row).toMatchObject({ reason: 'installation-removed' });
      expect(row.actors).toContain('sweeper release');
      expect(find(row.key)).toBeNull();
    }
    expect((await rowOf(other)).state).toBe('succeeded');
  });

  it('is released by the next sweep when its removal was missed', async () => {
    const connections = await installed('icfg_missed');
    const deployment = await succeeded('branch', { connections });
    await world.sql(
      `UPDATE installation SET removed_at = now(), sealed_token = NULL WHERE id = 'icfg_missed'`,
    );
    await sweep();
    expect(await rested(deployment, 'released')).toMatchObject({ reason: 'installation-removed' });
  });
});

describe('a sweep', () => {
  it('runs each minute by the schedule of the queue, the first at once', () => {
    expect(scheduled).toMatchObject([{ cron: '* * * * *' }]);
  });

  it('runs once at a time over all processes', async () => {
    const env = { ...world.env, ROLES: 'worker' };
    const second = await startApplication(loadConfig(env, { cwd: world.config.dataDir }), world.databaseUrl);
    await second.nest.get(PgBoss).unschedule(SWEEP_QUEUE);
    try {
      const id = await succeeded('branch');
      const requests = requestsFor(id);
      await due(id);
      world.twin.setFaults({ operation: 'get-deployment', deployment: id, api: { slow: { ms: 3_000 } } });
      const bosses = [world.app, second].map(({ nest }) => nest.get(PgBoss)) as [PgBoss, PgBoss];
      await eventually(async () => (await jobs('active')).length + (await jobs('created')).length === 0);
      const sent = await Promise.all([...bosses, ...bosses].map((boss) => boss.send(SWEEP_QUEUE, {})));
      // The schedule may have added one before.
      expect(sent.filter((job) => job !== null).length).toBeLessThanOrEqual(1);
      const seen = await eventually(async () => {
        const active = await jobs('active');
        return active.length > 0 && active;
      });
      expect(seen).toHaveLength(1);
      expect(await bosses[0].send(SWEEP_QUEUE, {})).toBeNull();
      expect(await bosses[1].send(SWEEP_QUEUE, {})).toBeNull();
      await eventually(async () => (await rowOf(id)).check_hours > 23);
      expect(requestsFor(id)).toBe(requests + 1);
    } finally {
      world.twin.setFaults({});
      await second.stop();
    }
  });

  it('ends at once when the process shuts down, and leaves the other checks due', async () => {
    const own = await createWorld({ actions: ACTIONS });
    try {
      const id = await succeeded('branch', {}, own);
      own.twin.setFaults({ operation: 'get-deployment', api: { slow: { ms: 9_000 } } });
      await own.sql(`UPDATE action SET check_at = now()`);
      const activeJobs = () =>
        own.sql(`SELECT FROM pgboss.job WHERE name = '${SWEEP_QUEUE}' AND state = 'active'`);
      await eventually(async () => {
        await own.app.nest.get(PgBoss).send(SWEEP_QUEUE, {});
        return (await activeJobs()).length > 0;
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      const at = performance.now();
      await own.app.stop();
      expect(performance.now() - at).toBeLessThan(6_000);
      expect(await activeJobs()).toEqual([]);
      expect((await rowOf(id, own)).check_hours).toBeLessThanOrEqual(0);
    } finally {
      await own.close();
    }
  });
});
