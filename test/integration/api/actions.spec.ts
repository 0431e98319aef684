import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCursor } from '../../../src/http/paging/page.js';
import { itemsOf, startApp, type Answer, type OperatorApp } from './api-app.js';

let world: OperatorApp;
beforeAll(async () => {
  world = await startApp();
});
afterAll(() => world.close());

interface Seed {
  installation?: string;
  deployment?: string;
  resource?: string;
  action?: string;
  project?: [id: string | null, name: string | null];
  gitRef?: string;
  createdAt?: string;
}

async function seed(seeded: Seed = {}): Promise<string> {
  const id = randomUUID();
  const [projectId, projectName] = seeded.project ?? [null, null];
  await world.database.query(
    `INSERT INTO action
       (id, installation_id, deployment_id, resource_id, action, state, project_id, project_name,
       git_ref, target, deadline_at, created_at, attempt, handed_back, progress_text)
     VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8, 'preview', '2026-01-01T00:02:50Z', $9, 5, 2,
       'waiting')`,
    [
      id,
      seeded.installation ?? 'icfg_1',
      seeded.deployment ?? `dpl_${id}`,
      seeded.resource ?? 'r1',
      seeded.action ?? 'branch',
      projectId,
      projectName,
      seeded.gitRef ?? null,
      seeded.createdAt ?? new Date().toISOString(),
    ],
  );
  return id;
}

const get = (path: string): Promise<Answer> => world.call('GET', `/api/v1/${path}`);
const ids = (answer: Answer): string[] => answer.body.items.map((item: { id: string }) => item.id);

const pages = async (query: string): Promise<string[]> =>
  (await itemsOf(get, `actions?${query}`)).map(({ id }) => id);

describe('the list of actions', () => {
  it('returns all documented fields of an action', async () => {
    const id = await seed({
      installation: 'icfg_shape',
      deployment: 'dpl_shape',
      project: ['prj_1', 'shop'],
      gitRef: 'main',
      createdAt: '2026-01-01T00:00:00.123456Z',
    });
    const { body } = await get('actions?installation=icfg_shape');
    expect(body).toEqual({
      items: [
        {
          id,
          installationId: 'icfg_shape',
          resourceId: 'r1',
          deploymentId: 'dpl_shape',
          action: 'branch',
          state: 'queued',
          outcome: null,
          reason: null,
          statusText: 'waiting',
          project: 'shop',
          gitRef: 'main',
          target: 'preview',
          attempts: 3,
          allocationKey: null,
          deadlineAt: '2026-01-01T00:02:50.000Z',
          createdAt: '2026-01-01T00:00:00.123Z',
          updatedAt: expect.stringMatching(/Z$/),
        },
      ],
      next: null,
    });
  });

  it('pages newest first without gaps, also for equal milliseconds and microseconds', async () => {
    const made: string[] = [];
    for (let index = 0; index < 25; index++) {
      const at = `2026-02-01T00:00:00.${String(123_400 + Math.floor(index / 3)).padStart(6, '0')}Z`;
      made.push(`${at} ${await seed({ installation: 'icfg_pages', createdAt: at })}`);
    }
    const newestFirst = made
      .toSorted()
      .toReversed()
      .map((row) => row.slice(-36));
    for (const limit of [1, 4, 25, 50]) {
      expect(await pages(`installation=icfg_pages&limit=${limit}`)).toEqual(newestFirst);
    }
  });

  it('does not include later actions in further pages', async () => {
    const first = [await seed({ installation: 'icfg_live' }), await seed({ installation: 'icfg_live' })];
    const page = await get('actions?installation=icfg_live&limit=1');
    await seed({ installation: 'icfg_live' });
    const rest = await get(`actions?installation=icfg_live&limit=1&cursor=${page.body.next}`);
    expect([...ids(page), ...ids(rest)]).toEqual(first.toReversed());
    expect(rest.body.next).toBeNull();
  });

  it('applies every filter', async () => {
    const installation = 'icfg_filter';
    const match = await seed({
      installation,
      deployment: 'dpl_filter',
      resource: 'match',
      action: 'seed-data',
      project: ['prj_f', 'filtered'],
      gitRef: 'feat/ä&b',
      createdAt: '2026-03-02T00:00:00Z',
    });
    const other = await seed({
      installation,
      project: ['filtered', 'other'],
      createdAt: '2026-03-01T00:00:00Z',
    });
    const find = async (query: string) => ids(await get(`actions?installation=${installation}&${query}`));
    for (const query of [
      'deployment=dpl_filter',
      'resource=match',
      'action=seed-data',
      'project=prj_f',
      `gitRef=${encodeURIComponent('feat/ä&b')}`,
      'since=2026-03-02',
      'since=2026-03-02T02:00:00%2B02:00',
    ]) {
      expect([query, await find(query)]).toEqual([query, [match]]);
    }
    expect(await find('project=filtered')).toEqual([match, other]);
    expect(await find('until=2026-03-02T00:00:00Z')).toEqual([other]);
    expect(await find('state=queued')).toEqual([match, other]);
    expect(await find('state=failed,queued')).toEqual([match, other]);
    expect(await find('state=failed')).toEqual([]);
    expect(await find('outcome=succeeded')).toEqual([]);
    expect(await find('project=filtered&resource=match')).toEqual([match]);
    expect(await find(`deployment=${encodeURIComponent("' OR 1=1 --")}`)).toEqual([]);
  });

  it('returns 50 by default and 200 at most', async () => {
    await world.database.query(`
      INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state)
      SELECT gen_random_uuid(), 'icfg_many', 'dpl_' || n, 'r', 'branch', 'queued'
      FROM generate_series(1, 205) n`);
    const count = async (limit: string) => ids(await get(`actions?installation=icfg_many${limit}`)).length;
    expect([await count(''), await count('&limit=201'), await count(`&limit=${'9'.repeat(400)}`)]).toEqual([
      50, 200, 200,
    ]);
    expect(new Set(await pages('installation=icfg_many&limit=200')).size).toBe(205);
  });

  it.each([
    ['limit=0'],
    ['limit=-1'],
    ['limit=ten'],
    ['limit=1.5'],
    ['limit='],
    ['state=done'],
    ['state='],
    ['outcome=queued'],
    ['since=yesterday'],
    ['since=2026-02-30'],
    ['since=2026-01-01T00:00:00'],
    ['until=0000-01-01'],
    ['project='],
    ['project=%00'],
    ['gitRef=a&gitRef=b'],
    ['colour=red'],
    ['installation[a]=b'],
  ])('rejects ?%s and names the field', async (query) => {
    const { status, body } = await get(`actions?${query}`);
    expect([status, body.type]).toEqual([400, 'urn:drawbridge:problem:invalid-request']);
    expect(query.startsWith(body.errors[0].path)).toBe(true);
  });

  it('rejects a malformed cursor or one of another filter, and accepts one with another limit', async () => {
    for (let made = 0; made < 3; made++) await seed({ installation: 'icfg_cursor' });
    const { next } = (await get('actions?installation=icfg_cursor&limit=1')).body;
    expect(next).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(ids(await get(`actions?installation=icfg_cursor&limit=2&cursor=${next}`))).toHaveLength(2);
    const forged = Buffer.from(JSON.stringify(['2026-13-45T00:00:00.000000Z', randomUUID(), 'x'])).toString(
      'base64url',
    );
    const cursorAt = (at: string) => encodeCursor({ at, id: randomUUID() }, { list: 'action' });
    for (const [query, cursor] of [
      ['installation=icfg_other', next],
      ['', next],
      ['installation=icfg_cursor&state=queued', next],
      ['installation=icfg_cursor', `${next.slice(0, -6)}`],
      ['installation=icfg_cursor', 'garbage'],
      ['installation=icfg_cursor', ''],
      ['installation=icfg_cursor', 'bnVsbA'],
      ['installation=icfg_cursor', forged],
      ['', cursorAt('2026-02-30T00:00:00.000000Z')],
      ['', cursorAt('0000-01-01T00:00:00.000000Z')],
    ]) {
      const { status, body } = await get(`actions?${query}&cursor=${cursor}`);
      expect([status, body.type]).toEqual([400, 'urn:drawbridge:problem:invalid-cursor']);
    }
  });
});

describe('one action', () => {
  it('has its allocation, its transitions and its deliveries without bodies', async () => {
    const [deployment, delivery, allocation] = ['dpl_detail', randomUUID(), randomUUID()];
    const id = await seed({ deployment });
    const holder = await seed();
    await world.database.query(
      `INSERT INTO allocation (id, identity, generation, key, state, handle, sealed_seed)
       VALUES ($1, '["detail"]', 2, 'br-main-2', 'open', '{"branch":"b"}', 'seed')`,
      [allocation],
    );
    const delivered = `INSERT INTO delivery
      (id, event_id, type, result, installation_id, deployment_id, resource_id, action,
      body, event_created_at)
      VALUES ($1, $2, 'deployment.integration.action.start', 'recorded', 'icfg_1', $3, $4, 'branch',
      'the secret body', '2026-01-01T00:00:00Z')`;
    await world.database.query(delivered, [delivery, 'evt_detail', deployment, 'r1']);
    await world.database.query(delivered, [randomUUID(), 'evt_other', deployment, 'r2']);
    const moved = `INSERT INTO transition (action_id, event, from_state, to_state, actor, delivery_id)
      VALUES ($1, $2, $3, $4, $5, $6)`;
    await world.database.query(moved, [id, 'start', 'none', 'queued', 'vercel', delivery]);
    await world.database.query(moved, [id, 'begin', 'queued', 'provisioning', 'worker', null]);
    await world.database.query(
      `UPDATE action SET state = 'provisioning', hold = 'holds', allocation_id = $2 WHERE id = ANY($1)`,
      [[id, holder], allocation],
    );
    const { status, body } = await get(`actions/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, state: 'provisioning', allocationKey: 'br-main-2', attempts: 3 });
    expect(body.allocation).toEqual({
      key: 'br-main-2',
      state: 'open',
      generation: 2,
      handle: { branch: 'b' },
      holders: [id, holder],
    });
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(body.transitions).toEqual([
      {
        id: expect.any(String),
        actionId: id,
        event: 'start',
        from: 'none',
        to: 'queued',
        actor: 'vercel',
        reason: null,
        deliveryId: delivery,
        at,
      },
      {
        id: expect.any(String),
        actionId: id,
        event: 'begin',
        from: 'queued',
        to: 'provisioning',
        actor: 'worker',
        reason: null,
        deliveryId: null,
        at,
      },
    ]);
    expect(body.deliveries).toEqual([
      {
        id: delivery,
        eventId: 'evt_detail',
        type: 'deployment.integration.action.start',
        result: 'recorded',
        installationId: 'icfg_1',
        deploymentId: deployment,
        resourceId: 'r1',
        action: 'branch',
        times: 1,
        actor: 'vercel',
        reason: null,
        replayOf: null,
        eventCreatedAt: '2026-01-01T00:00:00.000Z',
        receivedAt: at,
        lastReceivedAt: at,
      },
    ]);
    expect(body.calls).toEqual([]);
    expect(JSON.stringify(body)).not.toMatch(/secret body|seed"/);
    const listed = await get(`actions?deployment=${deployment}`);
    expect(listed.body.items[0].allocationKey).toBe('br-main-2');
  });

  it.each([
    ['text that is not a UUID', 'abc'],
    ['an unknown UUID', randomUUID()],
    ['a NUL', '%00'],
  ])('is not found for %s', async (_, id) => {
    const { status, body } = await get(`actions/${id}`);
    expect([status, body.type]).toEqual([404, 'urn:drawbridge:problem:not-found']);
  });
});

describe('the list of transitions', () => {
  it('pages oldest first, and returns a cursor for later transitions', async () => {
    const action = await seed();
    const steps = [
      ['start', 'none', 'queued'],
      ['begin', 'queued', 'provisioning'],
      ['ready', 'provisioning', 'reporting'],
    ];
    for (const step of steps) {
      await world.database.query(
        `INSERT INTO transition (action_id, event, from_state, to_state, actor) VALUES ($1, $2, $3, $4, 'worker')`,
        [action, ...step],
      );
    }
    const first = await get(`transitions?action=${action}&limit=2`);
    expect(first.body.items.map((item: { event: string }) => item.event)).toEqual(['start', 'begin']);
    const second = await get(`transitions?action=${action}&limit=2&cursor=${first.body.next}`);
    expect(second.body.items.map((item: { event: string }) => item.event)).toEqual(['ready']);
    expect(second.body.next).toBeNull();
    const third = await get(`transitions?action=${action}&cursor=${second.body.cursor}`);
    expect(third.body).toEqual({ items: [], next: null, heldSeconds: null, cursor: second.body.cursor });
  });

  it('returns the last cursor when nothing matches', async () => {
    const action = await seed();
    const rows: { id: string }[] = await world.database.query(
      `INSERT INTO transition (action_id, event, from_state, to_state, actor)
       VALUES ($1, 'start', 'none', 'queued', 'vercel') RETURNING id`,
      [action],
    );
    const nothing = { items: [], next: null, heldSeconds: null, cursor: rows[0]?.id };
    for (const query of [`action=${randomUUID()}`, 'actor=operator:unknown', 'since=2199-01-01'])
      expect((await get(`transitions?${query}`)).body, query).toEqual(nothing);
  });

  it.each([
    ['cursor=abc', 'invalid-cursor'],
    ['cursor=-1', 'invalid-cursor'],
    ['cursor=9999999999999999999', 'invalid-cursor'],
    ['cursor=', 'invalid-cursor'],
    ['limit=0', 'invalid-request'],
    ['action=abc', 'invalid-request'],
    ['state=queued', 'invalid-request'],
  ])('rejects ?%s', async (query, slug) => {
    const { status, body } = await get(`transitions?${query}`);
    expect([status, body.type]).toEqual([400, `urn:drawbridge:problem:${slug}`]);
  });

  it('requires a token', async () => {
    for (const path of ['actions', `actions/${randomUUID()}`, 'transitions']) {
      expect((await world.call('GET', `/api/v1/${path}`, { as: null })).status).toBe(401);
    }
  });
});
