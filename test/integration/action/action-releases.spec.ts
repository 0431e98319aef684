import pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  RELEASE_LIMIT,
  type ReleaseRequest,
} from '../../../src/action/releases/action-releases.repository.js';
import type { ActionView } from '../../../src/action/claims/action-view.js';
import { listenOn } from '../../../src/database/notification-channel.js';
import { migrate } from '../../../src/database/schema/migrate.js';
import { createDataSource } from '../../../src/database/schema/data-source.js';
import { createDatabase } from '../../support/postgres.js';
import {
  beginning,
  incoming,
  openRepositories,
  type ActionRepositories,
  type OpenRepositories,
} from '../../support/action-repositories.js';

interface Success {
  id: string;
  attempt: number;
  deployment: string;
}

describe('the releases of actions', () => {
  let world: OpenRepositories;
  let repositories: ActionRepositories;
  let other: ActionRepositories;
  beforeAll(async () => {
    world = await openRepositories('release', 2);
    [repositories, other] = world.repositories as [ActionRepositories, ActionRepositories];
  });
  afterAll(() => world?.close());

  /** Makes successes of the slug `action`, each with its own allocation unless `identity` names one. */
  async function successes(
    count: number,
    action: string,
    over: { target?: string; read?: boolean; identity?: string; installationId?: string } = {},
  ): Promise<Success[]> {
    const { target = null, read = true, identity, installationId = 'icfg_1' } = over;
    const deployments = Array.from({ length: count }, () => `dpl_${crypto.randomUUID()}`);
    await Promise.all(
      deployments.map((id) => repositories.intake.receive(start(id, action, installationId))),
    );
    const rows = await world.sql<{ id: string; deployment: string }>(
      'SELECT id, deployment_id AS deployment FROM action WHERE deployment_id = ANY($1)',
      [deployments],
    );
    const views = await repositories.claims.claim(rows.map(({ id }) => id));
    await Promise.all(
      views.map(async (view) => {
        const deployment = { target, deploymentUrl: read ? 'shop.vercel.app' : null };
        await repositories.updates.begin({ ...beginning(view, identity ?? view.id), ...deployment });
        const { id, attempt } = view;
        await repositories.updates.apply({
          id,
          attempt,
          from: 'provisioning',
          event: 'ready',
          to: 'reporting',
          call: 'settled',
        });
        const outcome = 'succeeded' as const;
        await repositories.updates.apply({
          id,
          attempt,
          from: 'reporting',
          event: 'accepted',
          to: 'succeeded',
          outcome,
        });
      }),
    );
    return views.map(({ id, attempt }) => ({
      id,
      attempt,
      deployment: rows.find((row) => row.id === id)?.deployment as string,
    }));
  }

  function start(deployment: string, action: string, installationId: string) {
    const item = incoming('start', deployment);
    const operation = item.operation as NonNullable<typeof item.operation>;
    return { ...item, operation: { ...operation, action, installationId } };
  }

  const age = (ids: string[], by: string) =>
    world.sql(`UPDATE action SET succeeded_at = succeeded_at - $2::interval WHERE id = ANY($1)`, [ids, by]);
  const statesOf = async (ids: string[]) => {
    const rows = await world.sql<{ id: string; state: string }>(
      'SELECT id, state FROM action WHERE id = ANY($1)',
      [ids],
    );
    return ids.map((id) => rows.find((row) => row.id === id)?.state);
  };
  const lastOf = async (id: string) => {
    const [row] = await world.sql(
      `SELECT event, from_state, to_state, actor, reason FROM transition WHERE action_id = $1 ORDER BY id DESC LIMIT 1`,
      [id],
    );
    return row;
  };
  const waitingJobs = async (id: string): Promise<number> => {
    const [row] = await world.sql<{ count: number }>(
      `SELECT count(*)::int FROM pgboss.job WHERE name = 'action' AND singleton_key = $1 AND state = 'created'`,
      [id],
    );
    return row?.count ?? 0;
  };
  const finishJobs = () => world.sql(`UPDATE pgboss.job SET state = 'completed' WHERE name = 'action'`);
  const expired = (action: string, over: object = {}): ReleaseRequest => ({
    reason: 'retained',
    action,
    retainMs: 3_600_000,
    production: false,
    ...over,
  });

  it('releases expired successes of a slug, with a transition and a job', async () => {
    const [old, young] = (await successes(2, 'kept')) as [Success, Success];
    const [foreign] = (await successes(1, 'kept-elsewhere')) as [Success];
    await age([old.id, foreign.id], '61 minutes');
    await finishJobs();
    const released = await repositories.releases.release(expired('kept'));
    expect(released).toMatchObject([
      {
        id: old.id,
        deploymentId: old.deployment,
        installationId: 'icfg_1',
        resourceId: 'res_1',
        action: 'kept',
      },
    ]);
    expect(await statesOf([old.id, young.id, foreign.id])).toEqual(['releasing', 'succeeded', 'succeeded']);
    expect(await lastOf(old.id)).toEqual({
      event: 'release',
      from_state: 'succeeded',
      to_state: 'releasing',
      actor: 'sweeper',
      reason: 'retained',
    });
    expect(await Promise.all([old.id, young.id].map(waitingJobs))).toEqual([1, 0]);
    const [row] = await world.sql('SELECT outcome, reason, progress_text FROM action WHERE id = $1', [
      old.id,
    ]);
    expect(row).toEqual({
      outcome: 'succeeded',
      reason: 'retained',
      progress_text: 'released: it expired (`retain` in actions.yaml)',
    });
    expect(await repositories.releases.release(expired('kept'))).toEqual([]);
  });

  it('keeps successes of production and unread deployments, unless production is included', async () => {
    const [production] = (await successes(1, 'live', { target: 'production' })) as [Success];
    const [unread] = (await successes(1, 'live', { read: false })) as [Success];
    const [staging] = (await successes(1, 'live', { target: 'staging' })) as [Success];
    const [preview] = (await successes(1, 'live')) as [Success];
    const ids = [production.id, unread.id, staging.id, preview.id];
    await age(ids, '61 minutes');
    await repositories.releases.release(expired('live'));
    expect(await statesOf(ids)).toEqual(['succeeded', 'succeeded', 'releasing', 'releasing']);
    await repositories.releases.release(expired('live', { production: true }));
    expect(await statesOf(ids)).toEqual(['releasing', 'releasing', 'releasing', 'releasing']);
  });

  it('releases one of two holders and keeps the allocation open for the other', async () => {
    const [old, young] = (await successes(2, 'shared', { identity: 'shared-branch' })) as [Success, Success];
    await age([old.id], '61 minutes');
    await repositories.releases.release(expired('shared'));
    const [view] = await repositories.claims.claim([old.id]);
    const hold = {
      id: old.id,
      attempt: view?.attempt as number,
      from: 'releasing',
      to: 'released',
    } as const;
    expect(await repositories.updates.releaseHold({ ...hold, outcome: null })).toBe('left');
    const [row] = await world.sql(
      'SELECT l.state FROM action a JOIN allocation l ON l.id = a.allocation_id WHERE a.id = $1',
      [young.id],
    );
    expect(row).toEqual({ state: 'open' });
  });

  it('releases successes whose deployment is gone, and no other states', async () => {
    const [gone, canceled] = (await successes(2, 'gone')) as [Success, Success];
    const cancel = incoming('cancel', canceled.deployment);
    await repositories.intake.receive({ ...cancel, operation: { ...cancel.operation!, action: 'gone' } });
    const request = { reason: 'deployment-gone', ids: [gone.id, canceled.id] } as const;
    expect((await repositories.releases.release(request)).map(({ id }) => id)).toEqual([gone.id]);
    expect(await statesOf([gone.id, canceled.id])).toEqual(['releasing', 'canceling']);
    const [row] = await world.sql('SELECT progress_text FROM action WHERE id = $1', [gone.id]);
    expect(row).toEqual({ progress_text: `vercel: deployment ${gone.deployment} is gone` });
  });

  it('releases all actions of a removed installation that hold or may get an allocation', async () => {
    const installationId = 'icfg_removed';
    await world.sql(`INSERT INTO installation (id) VALUES ('icfg_removed'), ('icfg_there')`);
    const [held] = (await successes(1, 'branch', { installationId })) as [Success];
    const [foreign] = (await successes(1, 'branch', { installationId: 'icfg_there' })) as [Success];
    const queued = `dpl_${crypto.randomUUID()}`;
    await repositories.intake.receive(start(queued, 'branch', installationId));
    const request = { reason: 'installation-removed', installationId } as const;
    expect(await repositories.releases.removedInstallations()).toEqual([]);
    expect(await repositories.releases.release(request)).toEqual([]); // The installation is not removed yet.
    await world.sql(`UPDATE installation SET removed_at = now() WHERE id = 'icfg_removed'`);
    expect(await repositories.releases.removedInstallations()).toEqual([installationId]);
    const released = await repositories.releases.release(request);
    expect(released.map(({ deploymentId }) => deploymentId).sort()).toEqual([held.deployment, queued].sort());
    expect(await statesOf([held.id, foreign.id])).toEqual(['releasing', 'succeeded']);
    expect(await repositories.releases.removedInstallations()).toEqual([]);
  });

  it('releases at most one batch at once, the oldest first', async () => {
    const many = await successes(RELEASE_LIMIT + 20, 'many');
    await age(
      many.map(({ id }) => id),
      '61 minutes',
    );
    const oldest = many.slice(-20).map(({ id }) => id);
    await age(oldest, '1 minute');
    const first = await repositories.releases.release(expired('many'));
    expect(first).toHaveLength(RELEASE_LIMIT);
    expect(new Set(await statesOf(oldest))).toEqual(new Set(['releasing']));
    expect(await repositories.releases.release(expired('many'))).toHaveLength(20);
    expect(await repositories.releases.release(expired('many'))).toEqual([]);
  });

  it('notifies the worker that has the claim', async () => {
    const deployment = `dpl_${crypto.randomUUID()}`;
    await world.sql(
      `INSERT INTO installation (id, removed_at) VALUES ('icfg_notified', now()) ON CONFLICT DO NOTHING`,
    );
    await repositories.intake.receive(start(deployment, 'branch', 'icfg_notified'));
    const [row] = await world.sql<{ id: string }>('SELECT id FROM action WHERE deployment_id = $1', [
      deployment,
    ]);
    const [view] = await repositories.claims.claim([row?.id as string]);
    const notified: string[] = [];
    const listener = new pg.Client({ connectionString: world.url });
    await listener.connect();
    listener.on('notification', ({ payload }) => notified.push(payload ?? ''));
    await listenOn(listener);
    await other.releases.release({ reason: 'installation-removed', installationId: 'icfg_notified' });
    await expect.poll(() => notified).toContain(view?.id);
    await listener.end();
    const held = { id: view?.id as string, attempt: view?.attempt as number, state: 'queued' };
    expect(await repositories.claims.changed([held])).toEqual([view?.id]);
    expect(await repositories.updates.apply({ ...held, from: 'queued', event: 'fail', to: 'failing' })).toBe(
      false,
    );
  });

  it('gives a serial result when release, cancel and cleanup run concurrently, in 100 rounds', async () => {
    const rounds = await successes(100, 'raced');
    await age(
      rounds.map(({ id }) => id),
      '61 minutes',
    );
    const webhook = (event: 'cancel' | 'cleanup', deployment: string) => {
      const item = incoming(event, deployment);
      return { ...item, operation: { ...item.operation!, action: 'raced' } };
    };
    for (const [round, { id, deployment }] of rounds.entries()) {
      const delay = async (turns: number): Promise<void> => {
        for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      };
      const gone = { reason: 'deployment-gone', ids: [id] } as const;
      const [one, two] = await Promise.all([
        delay(round % 7).then(() => repositories.releases.release(gone)),
        delay(round % 5).then(() => other.releases.release(gone)),
        delay(round % 3).then(() => repositories.intake.receive(webhook('cancel', deployment))),
        delay(round % 4).then(() => other.intake.receive(webhook('cleanup', deployment))),
      ]);
      expect(one.length + two.length).toBeLessThanOrEqual(1);
      const path = await world.sql<{ step: string }>(
        `SELECT from_state || ' ' || event || ' ' || to_state AS step FROM transition WHERE action_id = $1 ORDER BY id OFFSET 4`,
        [id],
      );
      expect([
        'succeeded release releasing',
        'succeeded cleanup releasing',
        'succeeded cancel canceling, canceling cleanup releasing',
      ]).toContain(path.map(({ step }) => step).join(', '));
      expect(await statesOf([id])).toEqual(['releasing']);
    }
  });
});

describe('a deployment check', () => {
  let world: OpenRepositories;
  let repositories: ActionRepositories;
  beforeAll(async () => {
    world = await openRepositories('checks', 1);
    [repositories] = world.repositories as [ActionRepositories];
  });
  afterAll(() => world?.close());

  async function success(): Promise<string> {
    const deployment = `dpl_${crypto.randomUUID()}`;
    await repositories.intake.receive(incoming('start', deployment));
    const [row] = await world.sql<{ id: string }>('SELECT id FROM action WHERE deployment_id = $1', [
      deployment,
    ]);
    const [{ id, attempt }] = (await repositories.claims.claim([row?.id as string])) as [ActionView];
    await repositories.updates.begin(beginning({ id, attempt }, id));
    await repositories.updates.apply({
      id,
      attempt,
      from: 'provisioning',
      event: 'ready',
      to: 'reporting',
      call: 'settled',
    });
    await repositories.updates.apply({
      id,
      attempt,
      from: 'reporting',
      event: 'accepted',
      to: 'succeeded',
      outcome: 'succeeded',
    });
    return id;
  }
  const due = async () => (await repositories.schedule.dueChecks(10, [])).map(({ id }) => id);
  const expire = (id: string, by: string) =>
    world.sql(`UPDATE action SET check_at = now() - $2::interval WHERE id = $1`, [id, by]);

  it('is due a day after the success, the oldest first, and again after its postponement', async () => {
    const [one, two] = [await success(), await success()];
    expect(await due()).toEqual([]);
    const [row] = await world.sql<{ hours: number }>(
      `SELECT extract(epoch FROM check_at - succeeded_at)::float8 / 3600 AS hours FROM action WHERE id = $1`,
      [one],
    );
    expect(row?.hours).toBeCloseTo(24, 3);
    await expire(one, '1 minute');
    await expire(two, '2 minutes');
    expect(await due()).toEqual([two, one]);
    expect(await repositories.schedule.dueChecks(1, [])).toMatchObject([
      { id: two, installationId: 'icfg_1', resourceId: 'res_1' },
    ]);
    await repositories.schedule.postponeChecks([two], 3600);
    expect(await due()).toEqual([one]);
    await repositories.schedule.postponeChecks([one], -1);
    expect(await due()).toEqual([one]);
  });

  it('is not due for an action that is no longer a success', async () => {
    const id = await success();
    await expire(id, '1 minute');
    await repositories.releases.release({ reason: 'deployment-gone', ids: [id] });
    expect(await due()).not.toContain(id);
  });
});

const LIFETIME = 1_764_100_000_000;

async function lastMigration(source: DataSource): Promise<number> {
  const [row] = await source.query('SELECT max(timestamp) AS last FROM drawbridge_migration');
  return Number(row.last);
}

describe('the migration of lifetimes', () => {
  it('makes checks of successes due, and gives open allocations the options of their resource', async () => {
    const database = await createDatabase('lifetime');
    await migrate(database.url);
    const source = await createDataSource(database.url, { name: 'test', max: 2 }).initialize();
    while ((await lastMigration(source)) >= LIFETIME) await source.undoLastMigration();
    const [installation, allocation, action] = ['icfg_1', crypto.randomUUID(), crypto.randomUUID()];
    const identity = JSON.stringify(['deployment', installation, 'res_1', 'branch', 'dpl_1']);
    await source.query(`INSERT INTO installation (id) VALUES ($1)`, [installation]);
    await source.query(
      `INSERT INTO resource (installation_id, id, product_id, name, settings) VALUES ($1, 'res_1', 'p', 'n', $2)`,
      [installation, { actions: { branch: { template: 'mine' } } }],
    );
    await source.query(
      `INSERT INTO allocation (id, identity, generation, key, state, sealed_seed) VALUES ($1, $2, 1, 'k', 'open', 's')`,
      [allocation, identity],
    );
    await source.query(
      `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state) VALUES ($1, 'icfg_1', 'd', 'res_1', 'branch', 'queued')`,
      [action],
    );
    for (const state of ['provisioning', 'reporting', 'succeeded'])
      await source.query(
        `UPDATE action SET state = $2, hold = 'holds', allocation_id = $3, outcome = CASE $2 WHEN 'succeeded' THEN 'succeeded' END WHERE id = $1`,
        [action, state, allocation],
      );
    await source.runMigrations();
    const [row] = await source.query(
      `SELECT succeeded_at = a.updated_at AS dated, check_at <= now() AS due, options FROM action a JOIN allocation l ON l.id = a.allocation_id`,
    );
    expect(row).toEqual({ dated: true, due: true, options: { template: 'mine' } });
    await source.destroy();
    await database.drop();
  });
});
