import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WORKING } from '../../../src/state-machine/action-state.js';
import { startApplication, type Application } from '../../../src/boot/create-app.js';
import { loadConfig } from '../../../src/config/config.js';
import { sweepSucceeded } from '../../../src/metrics/definitions/sweeper.js';
import { ShutdownState } from '../../../src/health/shutdown-state.js';
import { hearLog } from '../../support/log.js';
import { documentedMetrics, namesOf, scrape, type Scraped } from '../../support/docs/metrics.js';
import { startProxy, type TcpProxy } from '../../support/servers/tcp-proxy.js';
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

let world: World;
beforeAll(async () => {
  world = await createWorld({ actions: ACTIONS.memory });
});
afterAll(() => world.close());
/** Waits until no action is in flight. A worker counts its commits before an action leaves its list. */
async function idle(): Promise<void> {
  const moving = `SELECT FROM action WHERE state = ANY($1) AND installation_id <> 'icfg_x'`;
  await eventually(async () => (await world.sql(moving, [WORKING])).length === 0);
  await eventually(async () => (await now()).samples.get('drawbridge_worker_actions') === 0);
}
afterEach(idle);

const now = (): Promise<Scraped> => scrape(world.app.url);
/** Returns the increase of each matching sample during `act`, without unchanged samples. */
async function growth(of: RegExp, act: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = (await now()).samples;
  await act();
  await idle();
  const grown = [...(await now()).samples].filter(
    ([name, value]) => of.test(name) && value !== (before.get(name) ?? 0),
  );
  return Object.fromEntries(grown.map(([name, value]) => [name, value - (before.get(name) ?? 0)]));
}

const webhook = (type: string, payload: object, id = `evt_${randomUUID()}`): string =>
  JSON.stringify({ id, type, createdAt: Date.now(), region: 'iad1', payload });
const start = (over: object = {}): string =>
  webhook('deployment.integration.action.start', {
    installationId: INSTALLATION,
    resourceId: RESOURCE,
    action: 'branch',
    deployment: { id: `dpl_${randomUUID()}` },
    ...over,
  });

const send = async (body: string, signature?: string): Promise<number> =>
  (await postWebhook(world.app.url, body, signature)).status;

/** Returns the number of rejected webhooks. They are counted after their response. */
const rejected = async (): Promise<number> =>
  [...(await now()).samples]
    .filter(([name]) => name.startsWith('drawbridge_webhooks_rejected_total'))
    .reduce((sum, [, value]) => sum + value, 0);

/** Returns all values of a label of this metric. */
function valuesOf({ samples }: Scraped, metric: string, label: string): Set<string> {
  const pattern = new RegExp(`^${metric}(?:_count)?\\{.*\\b${label}="([^"]*)"`);
  return new Set([...samples.keys()].flatMap((sample) => pattern.exec(sample)?.slice(1) ?? []));
}

describe('the metrics', () => {
  it('count webhooks by result, and measure those with a valid signature', async () => {
    const twice = start({ action: 'undeclared' }); // This action ends without a request for its deployment.
    const grown = await growth(/^drawbridge_webhook/, async () => {
      expect(await send(twice)).toBe(202);
      expect(await send(twice)).toBe(202);
      expect(await send(webhook('deployment.created', {}))).toBe(202);
      expect(await send(start(), 'wrong')).toBe(401);
      expect(await send('{}')).toBe(400);
      expect(await send(`"${'x'.repeat(300_000)}"`)).toBe(413);
    });
    expect(Object.fromEntries(Object.entries(grown).filter(([name]) => !/_bucket|_sum/.test(name)))).toEqual({
      'drawbridge_webhooks_total{type="start",result="recorded"}': 1,
      'drawbridge_webhooks_total{type="start",result="duplicate"}': 1,
      'drawbridge_webhooks_total{type="other",result="ignored"}': 1,
      'drawbridge_webhook_duration_seconds_count{result="recorded"}': 1,
      'drawbridge_webhook_duration_seconds_count{result="duplicate"}': 1,
      'drawbridge_webhook_duration_seconds_count{result="ignored"}': 1,
      'drawbridge_webhooks_rejected_total{reason="wrong-signature"}': 1,
      'drawbridge_webhooks_rejected_total{reason="not-an-event"}': 1,
      'drawbridge_webhooks_rejected_total{reason="too-large"}': 1,
    });
    expect(grown['drawbridge_webhook_duration_seconds_sum{result="recorded"}']).toBeGreaterThan(0);
  });

  it.each([
    ['of an event of a known installation', () => start(), '0'.repeat(40), 'wrong-secret'],
    ['of another installation', () => start({ installationId: 'icfg_unknown' }), '0'.repeat(40)],
    ['of another type', () => webhook('deployment.created', {}), '0'.repeat(40)],
    ['of a body that is not an event', () => 'garbage', '0'.repeat(40)],
    ['of an invalid format', () => start(), 'garbage'],
  ])('count a wrong signature %s by its origin', async (_, body, signature, reason = 'wrong-signature') => {
    const grown = await growth(/^drawbridge_webhook/, async () => {
      const before = await rejected();
      expect(await send(body(), signature)).toBe(401);
      await eventually(async () => (await rejected()) > before);
    });
    expect(grown).toEqual({ [`drawbridge_webhooks_rejected_total{reason="${reason}"}`]: 1 });
  });

  it('count a batch that was rolled back as failed', async () => {
    await world.sql(`ALTER TABLE delivery ADD CONSTRAINT none CHECK (event_id <> 'evt_bad') NOT VALID`);
    const bad = webhook('deployment.created', {}, 'evt_bad');
    const grown = await growth(/^drawbridge_(webhooks_total|intake_batch_size_count)/, async () => {
      expect(await send(bad)).toBe(500);
    });
    await world.sql('ALTER TABLE delivery DROP CONSTRAINT none');
    expect(grown).toEqual({ 'drawbridge_webhooks_total{type="other",result="failed"}': 1 });
  });

  it('count an action from its start to its release', async () => {
    const grown = await growth(/^drawbridge_(action|provisioner|vercel|allocations)/, async () => {
      const { id } = world.twin.createDeployment({ project: 'shop', connections: [connection()] });
      await eventually(() => world.twin.deployment(id).state === 'ready');
      world.twin.delete(id);
      const released = `SELECT FROM action WHERE deployment_id = $1 AND state = 'released'`;
      await eventually(async () => (await world.sql(released, [id])).length === 1);
    });
    expect(grown).toMatchObject({
      'drawbridge_actions_finished_total{action="branch",outcome="succeeded",reason=""}': 1,
      'drawbridge_actions_finished_total{action="branch",outcome="released",reason=""}': 1,
      'drawbridge_action_unblock_seconds_count{action="branch",outcome="succeeded"}': 1,
      'drawbridge_action_unblock_seconds_bucket{le="60",action="branch",outcome="succeeded"}': 1,
      'drawbridge_action_deadline_left_seconds_count{action="branch"}': 1,
      'drawbridge_provisioner_calls_total{provisioner="memory",verb="provision",result="ready"}': 1,
      'drawbridge_provisioner_calls_total{provisioner="memory",verb="deprovision",result="gone"}': 1,
      'drawbridge_provisioner_call_duration_seconds_count{provisioner="memory",verb="provision"}': 1,
      'drawbridge_vercel_calls_total{operation="update-action",status="202"}': 1,
    });
    expect(grown).not.toHaveProperty([
      'drawbridge_action_deadline_left_seconds_bucket{le="120",action="branch"}',
    ]);
  });

  it('count the time to unblock a retried action from its event', async () => {
    const late = '/api/v1/installations/icfg_late';
    world.twin.install('icfg_late', 'late');
    const connections = [connection({ installationId: 'icfg_late', resourceId: 'res_late' })];
    const { id } = world.twin.createDeployment({ project: 'shop', connections });
    const found = `SELECT id, state FROM action WHERE deployment_id = $1`;
    const one = async () => (await world.sql<{ id: string; state: string }>(found, [id]))[0];
    await eventually(async () => (await one())?.state === 'failed');
    await world.api(late, { method: 'PUT', body: JSON.stringify({ accessToken: 'late' }) });
    const product = JSON.stringify({ productId: 'prod_1', name: 'main' });
    await world.api(`${late}/resources/res_late`, { method: 'PUT', body: product });
    const body = JSON.stringify({ reason: 'the token is here' });
    const grown = await growth(/^drawbridge_action/, async () => {
      await world.api(`/api/v1/actions/${(await one())?.id}/retry`, { method: 'POST', body });
      await eventually(async () => (await one())?.state === 'succeeded');
    });
    expect(grown).toMatchObject({
      'drawbridge_actions_finished_total{action="branch",outcome="succeeded",reason=""}': 1,
      'drawbridge_action_unblock_seconds_count{action="branch",outcome="succeeded"}': 1,
      'drawbridge_action_deadline_left_seconds_count{action="branch"}': 1,
    });
  });

  it('have no label values from outside except declared ones', async () => {
    for (let n = 0; n < 20; n++) {
      await send(start({ action: `slug-${n}` }));
      await send(webhook(`type.${n}`, {}));
      await fetch(`${world.app.url}/no/such/route/${n}`);
      await fetch(`${world.app.url}/status/${randomUUID()}`);
      await fetch(`${world.app.url}/api/v1/actions/${randomUUID()}?n=${n}`, {
        method: n % 2 === 0 ? 'GET' : 'PROPFIND',
      });
      await fetch(`${world.app.url}/%zz`);
    }
    world.twin.createDeployment({
      project: 'shop',
      connections: [connection({ actions: ['slug-declined'] })],
    });
    const failed = `SELECT FROM action WHERE action LIKE 'slug-%' AND state = 'failed'`;
    await eventually(async () => (await world.sql(failed)).length === 21);
    const seen = await now();
    expect(valuesOf(seen, 'drawbridge_actions_finished_total', 'action')).toEqual(
      new Set(['branch', 'other']),
    );
    expect(valuesOf(seen, 'drawbridge_action_unblock_seconds', 'action')).toEqual(
      new Set(['branch', 'other']),
    );
    expect(valuesOf(seen, 'drawbridge_webhooks_total', 'type')).toEqual(
      new Set(['start', 'cancel', 'cleanup', 'other']),
    );
    const routes = valuesOf(seen, 'drawbridge_http_request_duration_seconds', 'route');
    expect(
      [...routes].filter((route) => !route.startsWith('/api/v1') && !route.endsWith('z')).toSorted(),
    ).toEqual(['/metrics', '/status/:token', '/webhooks/vercel', 'unmatched'].toSorted());
    const ids = /(icfg|dpl|res|evt|oac)_|[0-9a-f]{8}-[0-9a-f]{4}|slug-|postgres/;
    expect([...seen.samples.keys()].filter((sample) => ids.test(sample))).toEqual([]);
  });

  it('report the time since the oldest action entered its state', async () => {
    const id = randomUUID();
    await world.sql(
      `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, deadline_at)
       VALUES ($1, 'icfg_x', 'dpl_x', 'res_x', 'branch', 'queued', now() + interval '1 hour')`,
      [id],
    );
    await world.sql(
      `UPDATE action SET state_since = now() - interval '90 seconds', updated_at = now() WHERE id = $1`,
      [id],
    );
    const oldest = 'drawbridge_actions_oldest_seconds{state="queued"}';
    const seconds = await eventually(async () => (await now()).samples.get(oldest) || undefined);
    expect(seconds).toBeGreaterThanOrEqual(90);
    expect(seconds).toBeLessThan(150);
    await world.sql(`UPDATE action SET state = 'releasing' WHERE id = $1`, [id]);
    const [moved] = await world.sql<{ age: number }>(
      'SELECT extract(epoch FROM now() - state_since)::float8 AS age FROM action WHERE id = $1',
      [id],
    );
    expect(moved?.age).toBeLessThan(30);
  });

  it('count a job as deferred while its action has an active job', async () => {
    const key = randomUUID();
    const job = `INSERT INTO pgboss.job (name, policy, state, singleton_key, start_after, started_on, data)
      VALUES ('action', 'singleton', $1, $2, now() - interval '10 minutes', now(), '{}')`;
    await world.sql(job, ['active', key]);
    await world.sql(job, ['created', key]);
    const samples = await eventually(async () => {
      const seen = (await now()).samples;
      return seen.get('drawbridge_queue_jobs{queue="action",state="deferred"}') === 1 ? seen : undefined;
    });
    await world.sql(`DELETE FROM pgboss.job WHERE singleton_key = $1`, [key]);
    expect(samples.get('drawbridge_queue_jobs{queue="action",state="active"}')).toBe(1);
    expect(samples.get('drawbridge_queue_jobs{queue="action",state="ready"}')).toBe(0);
    expect(samples.get('drawbridge_queue_oldest_ready_seconds{queue="action"}')).toBe(0);
  });

  it('report that a process is ready until its shutdown begins', async () => {
    expect((await now()).samples.get('drawbridge_ready')).toBe(1);
    const own = await createWorld({ actions: ACTIONS.memory, roles: 'web', installed: false });
    own.app.nest.get(ShutdownState).beginShutdown();
    expect((await scrape(own.app.url)).samples.get('drawbridge_ready')).toBe(0);
    await own.close();
  });
});

describe('a process of one role', () => {
  let other: Application;
  afterAll(() => other.stop());

  it.each([
    ['worker', /^drawbridge_(webhook|intake|sign_ins)/, 240],
    ['web', /^drawbridge_(vercel|provisioner|action_|actions_(finished|released)|retention|deployments)/, 0],
  ])('%s exports its own metrics and the common ones', async (roles, foreign, capacity) => {
    other = await startApplication(loadConfig({ ...world.env, ROLES: roles }), world.databaseUrl);
    const shown = await scrape(other.url);
    const names = namesOf(shown);
    const optional = /rate_limit|sweep_last|gc_duration/;
    const expected = (await documentedMetrics()).filter(
      (name) => !foreign.test(name) && !optional.test(name),
    );
    expect([...names].filter((name) => !optional.test(name)).toSorted()).toEqual(expected.toSorted());
    expect(shown.samples.get('drawbridge_worker_capacity')).toBe(capacity);
    expect([...shown.samples.keys()].some((name) => name.endsWith(`,roles="${roles}"}`))).toBe(true);
    await other.stop();
  });
});

describe('a process without its database', () => {
  let proxy: TcpProxy;
  let app: Application;
  beforeAll(async () => {
    proxy = await startProxy(world.databaseUrl);
    app = await startApplication(loadConfig({ ...world.env, ROLES: 'web' }), proxy.url);
  });
  afterAll(async () => {
    await app.stop();
    await proxy.close();
  });

  it('omits the gauges of the database, logs that once, and recovers', async () => {
    sweepSucceeded.set(1);
    const lines = hearLog('info');
    const cluster =
      /^drawbridge_(actions|actions_oldest_seconds|queue_jobs|queue_oldest_ready_seconds|allocations)$/;
    const shown = async (): Promise<string[]> =>
      [...namesOf(await scrape(app.url))].filter((name) => cluster.test(name));
    expect(await shown()).toHaveLength(5);
    await proxy.takeAway();
    await eventually(async () => (await shown()).length === 0);
    const names = namesOf(await scrape(app.url));
    expect([...names]).toEqual(
      expect.arrayContaining(['drawbridge_webhooks_total', 'drawbridge_database_connections']),
    );
    expect(names).toContain('drawbridge_sweep_last_success_timestamp_seconds');
    await proxy.giveBack();
    await eventually(async () => (await shown()).length === 5);
    const logged = lines.map(({ event }) => event).filter((event) => event.startsWith('gauges'));
    expect(logged).toEqual(['gauges-not-read', 'gauges-read']);
  });
});
