import { randomUUID } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActionPurge } from '../../../src/action/purge/action-purge.repository.js';
import { RETENTION_QUEUE } from '../../../src/database/queue/queue.js';
import { Purger } from '../../../src/sweeper/purger.js';
import { postWebhook } from '../../support/webhooks.js';
import {
  ACTIONS,
  connection,
  createWorld,
  eventually,
  INSTALLATION,
  RESOURCE,
  type World,
} from '../../support/world.js';
import { itemsOf, startApp, type Answer, type OperatorApp } from '../api/api-app.js';
import { actionIn, deliver } from '../api/api-seed.js';
import { planOver } from '../../support/plan.js';

const DAY_MS = 86_400_000;
const SIGNAL = new AbortController().signal;

const msOf = (days: number | undefined): number | null => (days === undefined ? null : days * DAY_MS);
const purgerOf = (purges: ActionPurge, keep: { deliveries?: number; actions?: number }): Purger =>
  new Purger({ retention: { deliveriesMs: msOf(keep.deliveries), actionsMs: msOf(keep.actions) } }, purges);

let world: OperatorApp;
beforeAll(async () => {
  world = await startApp();
});
afterAll(() => world.close());

const query = (text: string, values: unknown[] = []) => world.database.query(text, values);
const run = (keep: { deliveries?: number; actions?: number }): Promise<void> =>
  purgerOf(world.app.get(ActionPurge), keep).run(SIGNAL);
const countOf = async (
  table: 'action' | 'delivery' | 'transition' | 'vercel_call',
  id: string,
): Promise<number> => {
  const column = { action: 'id', delivery: 'id', transition: 'action_id', vercel_call: 'action_id' }[table];
  return (await query(`SELECT count(*)::int AS n FROM ${table} WHERE ${column} = $1`, [id]))[0].n;
};
const runs = async (): Promise<Record<string, unknown>[]> =>
  (await world.call('GET', '/api/v1/retention')).body.items;

/** Makes a failed action with a transition, a call and a delivery, all `days` old. */
async function failed(days: number): Promise<{ id: string; delivery: string; deployment: string }> {
  const { id, deployment } = await actionIn(world, 'failed');
  const delivery = await deliver(world, { deployment });
  await query(
    `INSERT INTO transition (action_id, event, from_state, to_state, actor, delivery_id)
     VALUES ($1, 'start', 'none', 'queued', 'vercel', $2)`,
    [id, delivery],
  );
  await query(
    `INSERT INTO vercel_call
       (action_id, installation_id, deployment_id, operation, method, path, duration_ms, attempt, at)
     VALUES ($1, 'icfg_1', $2, 'updateAction', 'PATCH', '/', 1, 1, now())`,
    [id, deployment],
  );
  await age(id, delivery, days);
  return { id, delivery, deployment };
}

async function age(id: string, delivery: string, days: number): Promise<void> {
  const ago = `now() - ${days} * interval '1 day'`;
  await query(`UPDATE action SET updated_at = ${ago} WHERE id = $1`, [id]);
  await query(`UPDATE delivery SET received_at = ${ago}, last_received_at = ${ago} WHERE id = $1`, [
    delivery,
  ]);
}

describe('the purge of actions', () => {
  it('removes finished actions with their transitions and calls, and records the run', async () => {
    const [old, young] = [await failed(91), await failed(89)];
    const before = await runs();
    await run({ actions: 90 });
    expect(
      await Promise.all(
        (['action', 'transition', 'vercel_call'] as const).map((table) => countOf(table, old.id)),
      ),
    ).toEqual([0, 0, 0]);
    expect(
      await Promise.all(
        (['action', 'transition', 'vercel_call'] as const).map((table) => countOf(table, young.id)),
      ),
    ).toEqual([1, 1, 1]);
    expect(await countOf('delivery', old.delivery)).toBe(1);
    const [last, ...rest] = await runs();
    expect(rest).toEqual(before);
    expect(last).toMatchObject({ subject: 'actions', actions: 1, transitions: 1, calls: 1, deliveries: 0 });
    const until = Date.parse(String(last?.['until']));
    expect(Math.abs(Date.now() - 90 * DAY_MS - until)).toBeLessThan(60_000);
  });

  it('keeps unfinished actions, and actions that share an allocation which is not closed', async () => {
    const success = await actionIn(world, 'succeeded');
    const sharing = await failed(400);
    await query(
      'UPDATE action SET allocation_id = (SELECT allocation_id FROM action WHERE id = $2) WHERE id = $1',
      [sharing.id, success.id],
    );
    await query(`UPDATE action SET updated_at = now() - interval '400 days' WHERE id = ANY($1)`, [
      [success.id, sharing.id],
    ]);
    await run({ actions: 2 });
    expect([await countOf('action', success.id), await countOf('action', sharing.id)]).toEqual([1, 1]);
    await query(`UPDATE action SET state = 'releasing' WHERE id = $1`, [success.id]);
    await query(
      `UPDATE allocation SET state = 'closed', sealed_seed = NULL, closed_at = now() WHERE key = $1`,
      [success.key],
    );
    await query(`UPDATE action SET state = 'released', hold = NULL WHERE id = $1`, [success.id]);
    await run({ actions: 2 });
    // The age counts from `updated_at`, which this test has set to 400 days ago.
    expect([await countOf('action', success.id), await countOf('action', sharing.id)]).toEqual([0, 0]);
  });

  it('removes many actions in batches, and records their number', async () => {
    await query(
      `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, updated_at)
       SELECT gen_random_uuid(), 'icfg_many', 'dpl_' || n, 'r1', 'branch', 'queued', now()
       FROM generate_series(1, 1203) n`,
    );
    await query(`UPDATE action SET state = 'failing' WHERE installation_id = 'icfg_many'`);
    await query(
      `UPDATE action SET state = 'failed', outcome = 'failed', updated_at = now() - interval '3 days'
       WHERE installation_id = 'icfg_many'`,
    );
    await run({ actions: 2 });
    const [{ n }] = await query(`SELECT count(*)::int AS n FROM action WHERE installation_id = 'icfg_many'`);
    expect([n, (await runs())[0]?.['actions']]).toEqual([0, 1203]);
  });

  it('uses an index', async () => {
    const text = await planOver(
      world.database,
      [
        `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state)
         SELECT gen_random_uuid(), 'icfg_plan', 'dpl_' || n, 'r1', 'branch', 'queued'
         FROM generate_series(1, 20000) n`,
        `UPDATE action SET state = 'failing' WHERE installation_id = 'icfg_plan' AND deployment_id LIKE '%7'`,
        `UPDATE action SET state = 'failed', outcome = 'failed' WHERE installation_id = 'icfg_plan' AND state = 'failing'`,
        'ANALYZE action',
      ],
      `SELECT id FROM action
       WHERE state IN ('failed', 'canceled', 'released') AND hold IS NULL AND updated_at < now()
         AND (updated_at, id) > ('-infinity', '00000000-0000-0000-0000-000000000000')
       ORDER BY updated_at, id LIMIT 500`,
    );
    expect(text).toContain('using action_finished');
    expect(text).not.toContain('Sort');
  });

  it('skips an action that another transaction has locked', async () => {
    const { id } = await failed(91);
    const open = world.database.createQueryRunner();
    await open.startTransaction();
    await open.query('SELECT FROM action WHERE id = $1 FOR UPDATE', [id]);
    await run({ actions: 90 });
    expect(await countOf('action', id)).toBe(1);
    await open.rollbackTransaction();
    await open.release();
    await run({ actions: 90 });
    expect(await countOf('action', id)).toBe(0);
  });

  it('records nothing without a removal, and does nothing without a retention', async () => {
    await run({ actions: 90 });
    const before = await runs();
    const { id } = await failed(1_000);
    await run({});
    expect([await countOf('action', id), await runs()]).toEqual([1, before]);
    await run({ actions: 90 });
    await run({ actions: 90 });
    expect(await runs()).toHaveLength(before.length + 1);
  });
});

describe('the purge of deliveries', () => {
  it('removes old deliveries, whose ids stay in the audit', async () => {
    await run({ deliveries: 30 });
    const [old, young] = [await failed(31), await failed(29)];
    await run({ deliveries: 30 });
    expect([await countOf('delivery', old.delivery), await countOf('delivery', young.delivery)]).toEqual([
      0, 1,
    ]);
    const { body } = await world.call('GET', `/api/v1/actions/${old.id}`);
    expect(body).toMatchObject({ deliveries: [], transitions: [{ deliveryId: old.delivery }] });
    expect((await runs())[0]).toMatchObject({ subject: 'deliveries', deliveries: 1, actions: 0 });
  });

  it('keeps deliveries of unfinished actions, and deliveries that were repeated recently', async () => {
    const { deployment } = await actionIn(world, 'succeeded');
    const [live, again, ignored] = [
      await deliver(world, { deployment }),
      await deliver(world),
      await deliver(world),
    ];
    await query(`UPDATE delivery SET received_at = now() - interval '99 days' WHERE id = ANY($1)`, [
      [live, again, ignored],
    ]);
    await query(`UPDATE delivery SET last_received_at = received_at WHERE id = ANY($1)`, [[live, ignored]]);
    await run({ deliveries: 30 });
    const left = await Promise.all([live, again, ignored].map((id) => countOf('delivery', id)));
    expect(left).toEqual([1, 1, 0]);
  });
});

describe('the audit', () => {
  const permit = `SELECT set_config('drawbridge.retention_run', (SELECT max(id) FROM retention_run)::text, true)`;
  const newRun = (until: string, subject = 'actions') =>
    `INSERT INTO retention_run (subject, until) VALUES ('${subject}', ${until})`;
  const attempt = (...texts: string[]): Promise<unknown> =>
    world.database.transaction(async (manager) => {
      for (const text of texts) await manager.query(text);
    });

  it.each<[string, string[], RegExp]>([
    ['without a run', [], /append-only, DELETE is forbidden/],
    ['for a run of another transaction', [permit], /append-only, DELETE is forbidden/],
    [
      'for a run of another subject',
      [newRun(`now() - interval '3 days'`, 'deliveries'), permit],
      /append-only/,
    ],
    [
      'of an action that finished too recently',
      [newRun(`now() - interval '92 days'`), permit],
      /not finished for long enough/,
    ],
    ['for a run that would remove new rows', [newRun('now()'), permit], /retention_run_old/],
  ])('allows no deletion %s', async (_, before, message) => {
    const { id } = await failed(91);
    await attempt(newRun(`now() - interval '9 days'`));
    await expect(attempt(...before, `DELETE FROM transition WHERE action_id = '${id}'`)).rejects.toThrow(
      message,
    );
    expect(await countOf('transition', id)).toBe(1);
  });

  it('allows no deletion of an unfinished action, even for a run', async () => {
    const { id } = await actionIn(world, 'succeeded');
    await query(
      `INSERT INTO transition (action_id, event, from_state, to_state, actor) VALUES ($1, 'start', 'none', 'queued', 'vercel')`,
      [id],
    );
    await query(`UPDATE action SET updated_at = now() - interval '400 days' WHERE id = $1`, [id]);
    const texts = [
      newRun(`now() - interval '3 days'`),
      permit,
      `DELETE FROM transition WHERE action_id = '${id}'`,
    ];
    await expect(attempt(...texts)).rejects.toThrow('not finished for long enough');
  });

  it('allows the deletion of a delivery only for a run', async () => {
    const { delivery } = await failed(91);
    const deletion = `DELETE FROM delivery WHERE id = '${delivery}'`;
    await expect(attempt(deletion)).rejects.toThrow('only a run of retention');
    await expect(attempt(newRun(`now() - interval '3 days'`), permit, deletion)).rejects.toThrow(
      'only a run of',
    );
    expect(await countOf('delivery', delivery)).toBe(1);
  });

  it.each([
    ['UPDATE transition SET actor = actor'],
    ['TRUNCATE transition'],
    ['DELETE FROM retention_run'],
    ['TRUNCATE retention_run'],
    ['UPDATE retention_run SET actions = actions - 1'],
    [`UPDATE retention_run SET until = until - interval '1 day'`],
  ])('never allows %s', async (text) => {
    await expect(attempt(newRun(`now() - interval '3 days'`), permit, text)).rejects.toThrow(/forbidden/);
  });
});

describe('the list of purges', () => {
  it('pages newest first, with the configured retention', async () => {
    for (const subject of ['actions', 'deliveries', 'actions'])
      await query(`INSERT INTO retention_run (subject, until) VALUES ($1, now() - interval '3 days')`, [
        subject,
      ]);
    const all = await runs();
    const ids = all.map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    const get = async (path: string): Promise<Answer> => {
      const answer = await world.call('GET', path);
      expect(answer.body.keep).toEqual({ deliveriesSeconds: null, actionsSeconds: 90 * 86_400 });
      return answer;
    };
    const paged = await itemsOf(get, '/api/v1/retention?limit=2');
    expect(paged).toEqual(all);
    expect((await world.call('GET', '/api/v1/retention?cursor=x')).status).toBe(400);
  });
});

describe('an event after the purge of its action', () => {
  let live: World;
  beforeAll(async () => {
    live = await createWorld({ actions: ACTIONS.memory });
  });
  afterAll(() => live.close());

  async function send(event: 'start' | 'cleanup', deployment: string, createdAt = Date.now()): Promise<void> {
    const payload = {
      installationId: INSTALLATION,
      resourceId: RESOURCE,
      action: 'branch',
      deployment: { id: deployment },
    };
    const type = `deployment.integration.action.${event}`;
    const body = JSON.stringify({ id: `evt_${randomUUID()}`, type, createdAt, payload });
    expect((await postWebhook(live.app.url, body)).status).toBe(202);
  }
  const stateOf = async (deployment: string): Promise<string | undefined> =>
    (await live.api(`/api/v1/actions?deployment=${deployment}`)).body.items[0]?.state;
  const rested = (deployment: string, state: string) =>
    eventually(async () => (await stateOf(deployment)) === state);

  async function purged(): Promise<string> {
    const { id } = live.twin.createDeployment({ project: 'shop', connections: [connection()] });
    await rested(id, 'succeeded');
    live.twin.delete(id);
    await rested(id, 'released');
    await live.sql(`UPDATE action SET updated_at = now() - interval '9 days' WHERE deployment_id = $1`, [id]);
    await purgerOf(live.app.nest.get(ActionPurge), { actions: 2 }).run(SIGNAL);
    expect(await stateOf(id)).toBeUndefined();
    return id;
  }

  it('creates no allocation: a cleanup has none to remove, a late start is past its deadline', async () => {
    const [one, other] = [await purged(), await purged()];
    const made = async () =>
      (await live.sql<{ n: number }>('SELECT count(*)::int AS n FROM allocation'))[0]?.n;
    const before = await made();
    await send('cleanup', one);
    await rested(one, 'released');
    await send('start', other, Date.now() - 20 * 3_600_000);
    await rested(other, 'failed');
    expect(await made()).toBe(before);
  });

  it('the purge runs each hour by its schedule', async () => {
    const boss = live.app.nest.get(PgBoss);
    expect((await boss.getSchedules(RETENTION_QUEUE)).map(({ cron }) => cron)).toEqual(['17 * * * *']);
    await boss.send(RETENTION_QUEUE, {});
    await eventually(async () => {
      const rows = await live.sql(
        `SELECT FROM pgboss.job WHERE name = '${RETENTION_QUEUE}' AND state = 'completed'`,
      );
      return rows.length > 0;
    });
  });
});
