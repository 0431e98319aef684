import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstallationScope } from '../../../src/access/scope/installation-scope.js';
import { Summaries } from '../../../src/api/summary/summary.js';
import { itemsOf, startApp, type Answer, type OperatorApp } from './api-app.js';
import { actionIn, deliver } from './api-seed.js';

let world: OperatorApp;
beforeAll(async () => {
  world = await startApp();
});
afterAll(() => world.close());

const get = (path: string): Promise<Answer> => world.call('GET', `/api/v1/${path}`);

const pages = async (path: string, key: string): Promise<string[]> =>
  (await itemsOf(get, path)).map((item) => item[key]);

describe('deliveries', () => {
  it('page newest first and apply every filter', async () => {
    const installation = 'icfg_deliveries';
    const first = await deliver(world, { installation, receivedAt: '2026-03-01T00:00:00.000001Z' });
    const other = await deliver(world, {
      installation,
      type: 'other.type',
      result: 'ignored',
      receivedAt: '2026-03-01T00:00:00.000002Z',
    });
    const last = await deliver(world, {
      installation,
      deployment: 'dpl_last',
      receivedAt: '2026-03-02T00:00:00Z',
    });
    expect(await pages(`deliveries?installation=${installation}&limit=1`, 'id')).toEqual([
      last,
      other,
      first,
    ]);
    const find = (query: string) => pages(`deliveries?installation=${installation}&${query}`, 'id');
    expect(await find('type=other.type')).toEqual([other]);
    expect(await find('result=ignored')).toEqual([other]);
    expect(await find('result=ignored,recorded')).toEqual([last, other, first]);
    expect(await find('deployment=dpl_last')).toEqual([last]);
    expect(await find(`event=evt_${other}`)).toEqual([other]);
    expect(await find('since=2026-03-02')).toEqual([last]);
    expect(await find('until=2026-03-02')).toEqual([other, first]);
  });

  it('are returned singly with their raw body and their effect', async () => {
    const body = '{"raw":  "as it came"}';
    const ignored = await deliver(world, { type: 'other.type', result: 'ignored', body });
    const { status, body: answer } = await get(`deliveries/${ignored}`);
    expect(status).toBe(200);
    expect(answer).toMatchObject({ id: ignored, body, verdict: 'ignored', transitions: [], replays: [] });
    expect(answer.explanation).toBe('Drawbridge does not handle events of type other.type');
    const { id, deployment } = await actionIn(world, 'queued');
    const moved = await deliver(world, { deployment });
    await world.database.query(
      `INSERT INTO transition (action_id, event, from_state, to_state, actor, delivery_id)
       VALUES ($1, 'start', 'none', 'queued', 'vercel', $2)`,
      [id, moved],
    );
    expect((await get(`deliveries/${moved}`)).body).toMatchObject({
      verdict: 'moved',
      explanation: 'start: none → queued',
      actionId: id,
      transitions: [{ actionId: id, deliveryId: moved }],
    });
    expect(JSON.stringify((await get('deliveries?limit=200')).body)).not.toContain('as it came');
  });
});

describe('allocations', () => {
  it('page newest first, apply filters, and list their holders', async () => {
    const installation = 'icfg_allocations';
    const made = [];
    for (let n = 0; n < 3; n++) made.push(await actionIn(world, 'succeeded', { installation }));
    const newestFirst = made.map(({ key }) => key).toReversed();
    expect(await pages(`allocations?installation=${installation}&limit=2`, 'key')).toEqual(newestFirst);
    expect(await pages(`allocations?installation=${installation}&state=closed&limit=2`, 'key')).toEqual([]);
    expect(await pages(`allocations?installation=${installation}&resource=r1&state=open`, 'key')).toEqual(
      newestFirst,
    );
    const [{ id, key, deployment }] = made as [(typeof made)[number]];
    expect((await get(`allocations/${key}`)).body).toEqual({
      key,
      state: 'open',
      generation: 1,
      handle: { branch: 'b' },
      holders: [id],
      scope: 'deployment',
      installationId: installation,
      resourceId: 'r1',
      action: 'branch',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      closedAt: null,
    });
    expect(deployment).toMatch(/^dpl_/);
  });

  it('never contain their seed', async () => {
    const { id, key } = await actionIn(world, 'succeeded');
    const answers = await Promise.all(
      ['allocations?limit=200', `allocations/${key}`, `actions/${id}`].map((path) => get(path)),
    );
    const text = JSON.stringify(answers.map(({ body }) => body));
    expect(text).not.toMatch(/canary|seed/i);
    expect(text).not.toContain(Buffer.from('the sealed canary').toString('base64').slice(0, 12));
  });

  it.each([['unknown-key'], ['%F0%9F%98%80'], ["' OR 1=1"]])('are not found by the key %s', async (key) => {
    expect((await get(`allocations/${key}`)).status).toBe(404);
  });
});

describe('installations', () => {
  it('are listed for a viewer by id, without their tokens', async () => {
    for (const id of ['icfg_b', 'icfg_a', 'icfg_c']) {
      const body = { accessToken: 'the-token-canary' };
      expect((await world.call('PUT', `/api/v1/installations/${id}`, { as: 'admin', body })).status).toBe(
        201,
      );
    }
    expect(await pages('installations?limit=2', 'id')).toEqual(['icfg_a', 'icfg_b', 'icfg_c']);
    const { body } = await get('installations');
    expect(body.items[0]).toEqual({
      id: 'icfg_a',
      hasAccessToken: true,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      removedAt: null,
      doubt: null,
    });
    expect(JSON.stringify(body)).not.toContain('canary');
    expect((await world.call('GET', '/api/v1/installations/icfg_a')).status).toBe(403);
  });
});

describe('resources of an installation', () => {
  const put = async (path: string, body: object): Promise<void> => {
    expect((await world.call('PUT', `/api/v1/installations/${path}`, { as: 'admin', body })).status).toBe(
      201,
    );
  };

  it('are listed for a viewer by id, without their settings', async () => {
    for (const id of ['icfg_of', 'icfg_else']) await put(id, { accessToken: 'x' });
    for (const id of ['r_b', 'r_a', 'r_c'])
      await put(`icfg_of/resources/${id}`, {
        productId: 'p',
        name: `name of ${id}`,
        settings: { a: 'canary' },
      });
    await put('icfg_else/resources/r_else', { productId: 'p', name: 'n' });
    expect(await pages('installations/icfg_of/resources?limit=2', 'id')).toEqual(['r_a', 'r_b', 'r_c']);
    const { body } = await get('installations/icfg_of/resources?limit=2');
    expect(body.items[0]).toEqual({
      installationId: 'icfg_of',
      id: 'r_a',
      productId: 'p',
      name: 'name of r_a',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const elsewhere = await get(`installations/icfg_else/resources?cursor=${body.next}`);
    expect([elsewhere.status, elsewhere.body.type]).toEqual([400, 'urn:drawbridge:problem:invalid-cursor']);
  });

  it('are an empty list without resources, and not found for an unknown installation', async () => {
    await put('icfg_bare', { accessToken: 'x' });
    expect((await get('installations/icfg_bare/resources')).body).toEqual({ items: [], next: null });
    expect((await get('installations/icfg_unknown/resources')).status).toBe(404);
  });

  it('can have ids of 256 characters of any script', async () => {
    const [id, resource] = ['語'.repeat(256), '語'.repeat(255)];
    await put(encodeURIComponent(id), { accessToken: 'x' });
    for (const last of ['a', 'b'])
      await put(`${encodeURIComponent(id)}/resources/${encodeURIComponent(resource + last)}`, {
        productId: 'p',
        name: 'n',
      });
    expect(await pages(`installations/${encodeURIComponent(id)}/resources?limit=1`, 'id')).toEqual([
      `${resource}a`,
      `${resource}b`,
    ]);
    const { status, body } = await get(`allocations/${'x'.repeat(3000)}`);
    expect([status, body.detail]).toEqual([400, 'a path segment of the address is too long']);
  });
});

describe('every list', () => {
  const LISTS = ['actions', 'deliveries', 'allocations', 'installations', 'installations/icfg_a/resources'];

  it.each(LISTS)('accepts a limit over 200 and rejects unknown parameters: %s', async (list) => {
    expect((await get(`${list}?limit=100000`)).status).toBe(200);
    for (const query of ['limit=0', 'colour=red', 'limit=1&limit=2']) {
      const { status, body } = await get(`${list}?${query}`);
      expect([status, body.type]).toEqual([400, 'urn:drawbridge:problem:invalid-request']);
    }
    for (const cursor of ['garbage', 'bnVsbA', '']) {
      const { status, body } = await get(`${list}?cursor=${cursor}`);
      expect([status, body.type]).toEqual([400, 'urn:drawbridge:problem:invalid-cursor']);
    }
    expect((await world.call('GET', `/api/v1/${list}`, { as: null })).status).toBe(401);
  });

  it('accepts a cursor only with its filter', async () => {
    for (let n = 0; n < 2; n++) await deliver(world, { installation: 'icfg_bound' });
    const { next } = (await get('deliveries?installation=icfg_bound&limit=1')).body;
    expect((await get(`deliveries?installation=icfg_bound&limit=5&cursor=${next}`)).body.items).toHaveLength(
      1,
    );
    expect((await get(`actions?installation=icfg_bound&cursor=${next}`)).status).toBe(400);
    for (const query of ['', 'installation=icfg_other', 'installation=icfg_bound&result=recorded']) {
      expect((await get(`deliveries?${query}&cursor=${next}`)).status).toBe(400);
    }
  });

  it('uses an index for every filter', async () => {
    await world.database.query(`
      INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, created_at)
      SELECT gen_random_uuid(), 'icfg_' || n % 500, 'dpl_plan_' || n, 'r' || n % 500, 'branch' || n % 500,
        'queued',
        now() - n * interval '1 second' FROM generate_series(1, 20000) n`);
    await world.database.query(`
      INSERT INTO delivery
        (id, event_id, type, result, installation_id, deployment_id, body, event_created_at, received_at)
      SELECT gen_random_uuid(), 'plan_' || n, 'type' || n % 500, 'recorded', 'icfg_' || n % 500,
        'dpl_plan_' || n, '{}', now(),
        now() - n * interval '1 second' FROM generate_series(1, 20000) n`);
    await world.database.query('ANALYZE action, delivery');
    const rare: Record<string, [string, string[]]> = {
      action: [
        'created_at',
        [
          'installation_id',
          'resource_id',
          'deployment_id',
          'action',
          'git_ref',
          'outcome',
          'project_name',
          'state',
        ],
      ],
      delivery: ['received_at', ['installation_id', 'deployment_id', 'type']],
    };
    for (const [table, [time, columns]] of Object.entries(rare)) {
      for (const column of columns) {
        const value = column === 'state' ? 'failed' : column === 'outcome' ? 'failed' : 'rare';
        const rows: Record<string, string>[] = await world.database.query(
          `EXPLAIN SELECT * FROM ${table} WHERE ${column} = '${value}' ORDER BY ${time} DESC, id DESC LIMIT 51`,
        );
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan, `${table}.${column}`).toMatch(/Index Cond: .*/);
        expect(plan, `${table}.${column}`).not.toContain('Seq Scan');
      }
    }
  });
});

describe('the OpenAPI document', () => {
  it('needs no token, has version 3.1 and describes every route of the API', async () => {
    const { status, body } = await world.call('GET', '/api/openapi.json', { as: null });
    expect([status, body.openapi]).toEqual([200, '3.1.0']);
    expect(Object.keys(body.paths).filter((path) => path.startsWith('/api/'))).toEqual(
      expect.arrayContaining([
        '/api/v1/actions',
        '/api/v1/actions/{id}/retry',
        '/api/v1/transitions',
        '/api/v1/deliveries/{id}/replay',
        '/api/v1/allocations/{key}',
        '/api/v1/installations',
        '/api/v1/summary',
        '/api/v1/events',
      ]),
    );
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path as object));
    for (const operation of operations) {
      expect(operation).toMatchObject({ operationId: expect.any(String), summary: expect.any(String) });
      expect(operation.tags).toHaveLength(1);
    }
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  it('has a page that loads no other resources', async () => {
    const response = await fetch(`${world.url}/api/docs`);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).toContain('POST /api/v1/actions/{id}/retry');
    expect(page).not.toMatch(/<script|<link|src=|https?:\/\//);
  });

  it('is the only part of /api without a token', async () => {
    expect((await world.call('GET', '/api/v1/summary', { as: null })).status).toBe(401);
    expect((await fetch(`${world.url}/api/v1/events`)).status).toBe(401);
  });

  it('responds the same way for every unknown id', async () => {
    for (const path of ['deliveries', 'actions']) {
      for (const id of ['abc', randomUUID(), '%00'])
        expect((await get(`${path}/${id}`)).body.type).toBe('urn:drawbridge:problem:not-found');
    }
  });
});

describe('the summary', () => {
  it('is read once while a slow database reads it', async () => {
    const clock = { now: 0 };
    const summaries = new Summaries();
    summaries.now = () => clock.now;
    const scope = InstallationScope.ofEverybody(world.database);
    const blocking = world.database.createQueryRunner();
    await blocking.startTransaction();
    await blocking.query('LOCK TABLE vercel_call');
    const first = summaries.get(scope, '1h');
    clock.now = 30_000;
    expect(summaries.get(scope, '1h')).toBe(first);
    await blocking.commitTransaction();
    await blocking.release();
    await first;
    clock.now = 34_000;
    expect(summaries.get(scope, '1h')).toBe(first);
    clock.now = 36_000;
    const second = summaries.get(scope, '1h');
    expect(second).not.toBe(first);
    await second;
  });

  it('has complete buckets, and counts the transitions of its window', async () => {
    const { id } = await actionIn(world, 'failed');
    const moved = `INSERT INTO transition (action_id, event, from_state, to_state, actor, reason, at)
      VALUES ($1, $2, $3, $4, 'worker', $5, now() - $6::interval)`;
    await world.database.query(moved, [id, 'start', 'none', 'queued', null, '3 minutes']);
    await world.database.query(moved, [id, 'fail', 'queued', 'failing', 'deadline', '2 minutes']);
    await world.database.query(moved, [id, 'gone', 'failing', 'failed', null, '2 minutes']);
    const won = await actionIn(world, 'succeeded');
    await world.database.query(`UPDATE action SET created_at = now() - interval '90 seconds' WHERE id = $1`, [
      won.id,
    ]);
    await world.database.query(moved, [won.id, 'accepted', 'reporting', 'succeeded', null, '60 seconds']);
    const again = await actionIn(world, 'succeeded');
    await world.database.query(moved, [again.id, 'retry', 'failed', 'queued', null, '60 seconds']);
    await world.database.query(moved, [again.id, 'accepted', 'reporting', 'succeeded', null, '50 seconds']);
    await world.database.query(
      `INSERT INTO vercel_call
         (action_id, installation_id, deployment_id, operation, method, path, status, duration_ms,
          attempt, code, at)
       VALUES ($1, 'i', 'd', 'updateAction', 'PATCH', '/x', 200, 10, 1, NULL, now()),
         ($1, 'i', 'd', 'updateAction', 'PATCH', '/x', 429, 30, 2, 'limited', now())`,
      [id],
    );
    const { status, body } = await get('summary?window=24h');
    expect(status).toBe(200);
    expect(body.buckets).toHaveLength(96);
    expect(body.flow).toMatchObject({ started: expect.any(Number), failed: 1, succeeded: 2 });
    const total = (key: string) =>
      body.buckets.reduce((sum: number, bucket: Record<string, number>) => sum + (bucket[key] ?? 0), 0);
    expect([total('succeeded'), total('failed')]).toEqual([2, 1]);
    expect(body.unblock.count).toBe(1);
    expect(Math.abs(body.unblock.p50Ms - 30_000)).toBeLessThan(2_000);
    expect(body.provisioners).toMatchObject([
      { action: 'branch', failed: 1, succeeded: 2, reasons: { deadline: 1 }, last: { actionId: id } },
    ]);
    expect(body.vercel).toMatchObject({
      calls: 2,
      failed: 1,
      operations: [{ operation: 'updateAction', rateLimited: 1 }],
      lastError: { status: 429, code: 'limited' },
    });
    expect(body.states.queued).toBeGreaterThan(0);
    expect(body.oldest[0]).toMatchObject({ state: 'queued', actionId: expect.any(String) });
    expect((await get('summary')).body.buckets).toHaveLength(60);
    expect((await get('summary?window=1y')).status).toBe(400);
  });
});
