import { randomBytes } from 'node:crypto';
import { statement } from '../../../src/database/sql.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATOR_ROLES, type OperatorRole } from '../../../src/config/secrets/secrets.js';
import { includes } from '../../../src/access/auth/role.js';
import { ApiDocument } from '../../../src/http/openapi/document.js';
import { itemsOf, startApp, tokenEntry, TOKENS, type Answer, type OperatorApp } from '../api/api-app.js';
import { actionIn, deliver } from '../api/api-seed.js';
import { planOver } from '../../support/plan.js';

const OWN = 'icfg_own';
const FOREIGN = 'icfg_foreign';
const LIMITED: Record<OperatorRole, string> = {
  viewer: randomBytes(24).toString('hex'),
  operator: randomBytes(24).toString('hex'),
  admin: randomBytes(24).toString('hex'),
};

interface Target {
  path: string;
  body?: object;
}

interface Line {
  least: OperatorRole;
  /** Returns a request that can succeed. Routes about one object get one of this installation. */
  on(installation: string): Promise<Target> | Target;
  /** True when the route is about one object, which belongs to an installation. */
  ofOne?: boolean;
  /** True when the route is about all installations, so that tokens with an installation scope get 403. */
  ofAll?: boolean;
}

const reason = { reason: 'the matrix' };
const action = async (
  state: 'queued' | 'succeeded' | 'failed',
  installation: string,
  verb = '',
): Promise<Target> => {
  const { id } = await actionIn(world, state, { installation });
  return verb === ''
    ? { path: `/api/v1/actions/${id}` }
    : { path: `/api/v1/actions/${id}/${verb}`, body: reason };
};
const actionOf = async (id: string): Promise<{ installation: string; deployment: string }> => ({
  installation: id,
  deployment: (await actionIn(world, 'queued', { installation: id })).deployment,
});
const installation = (id: string): string => `/api/v1/installations/${id}`;
const resource = async (id: string): Promise<Target> => {
  const path = `${installation(id)}/resources/r1`;
  await world.call('PUT', path, { as: 'admin', body: { productId: 'p', name: 'n' } });
  return { path };
};
const known = async (id: string): Promise<Target> => {
  await world.call('PUT', installation(id), { as: 'admin', body: { accessToken: 'x'.repeat(20) } });
  return { path: installation(id) };
};

/** The role and a request for each operation. A test fails when a route has no line here. */
const TABLE: Record<string, Line> = {
  listActions: { least: 'viewer', on: () => ({ path: '/api/v1/actions?limit=200' }) },
  getAction: { least: 'viewer', on: (id) => action('queued', id), ofOne: true },
  retryAction: { least: 'operator', on: (id) => action('failed', id, 'retry'), ofOne: true },
  releaseAction: { least: 'operator', on: (id) => action('succeeded', id, 'release'), ofOne: true },
  cancelAction: { least: 'operator', on: (id) => action('queued', id, 'cancel'), ofOne: true },
  listTransitions: { least: 'viewer', on: () => ({ path: '/api/v1/transitions?limit=200' }) },
  streamEvents: { least: 'viewer', on: () => ({ path: '/api/v1/events?cursor=0' }) },
  listDeliveries: { least: 'viewer', on: () => ({ path: '/api/v1/deliveries?limit=200' }) },
  getDelivery: {
    least: 'viewer',
    on: async (id) => ({ path: `/api/v1/deliveries/${await deliver(world, { installation: id })}` }),
    ofOne: true,
  },
  replayDelivery: {
    least: 'operator',
    on: async (id) => ({
      path: `/api/v1/deliveries/${await deliver(world, await actionOf(id))}/replay`,
      body: reason,
    }),
    ofOne: true,
  },
  getDeployment: { least: 'viewer', on: () => ({ path: '/api/v1/deployments/dpl_unknown' }) },
  listAllocations: { least: 'viewer', on: () => ({ path: '/api/v1/allocations?limit=200' }) },
  getAllocation: {
    least: 'viewer',
    on: async (id) => ({
      path: `/api/v1/allocations/${(await actionIn(world, 'succeeded', { installation: id })).key}`,
    }),
    ofOne: true,
  },
  listInstallations: { least: 'viewer', on: () => ({ path: '/api/v1/installations?limit=200' }) },
  getInstallation: { least: 'admin', on: known, ofOne: true },
  putInstallation: {
    least: 'admin',
    on: async (id) => ({ ...(await known(id)), body: { accessToken: 'y'.repeat(20) } }),
    ofOne: true,
  },
  confirmDeploymentsGone: {
    least: 'operator',
    on: async (id) => {
      const { path } = await known(id);
      await world.sql.rows(
        statement(
          `INSERT INTO deployment_doubt (installation_id, reason) VALUES ($1, 'none-found') ON CONFLICT DO NOTHING`,
        ),
        [id],
      );
      return { path: `${path}/confirm-deployments-gone`, body: reason };
    },
    ofOne: true,
  },
  removeInstallation: { least: 'admin', on: known, ofOne: true },
  listResources: {
    least: 'viewer',
    on: async (id) => ({ path: (await resource(id)).path.replace('/r1', '?limit=200') }),
    ofOne: true,
  },
  getResource: { least: 'admin', on: resource, ofOne: true },
  putResource: {
    least: 'admin',
    on: async (id) => ({ ...(await resource(id)), body: { productId: 'p', name: 'n' } }),
    ofOne: true,
  },
  removeResource: { least: 'admin', on: resource, ofOne: true },
  getSummary: { least: 'viewer', on: () => ({ path: '/api/v1/summary' }) },
  getRetention: { least: 'viewer', on: () => ({ path: '/api/v1/retention' }), ofAll: true },
  getMe: { least: 'viewer', on: () => ({ path: '/api/v1/me' }) },
};

let world: OperatorApp;
let operations: { id: string; method: string; path: string }[];
beforeAll(async () => {
  const limited = OPERATOR_ROLES.map((role) =>
    tokenEntry(`limited-${role}`, role, LIMITED[role], new Set([OWN])),
  );
  const all = OPERATOR_ROLES.map((role) => tokenEntry(`${role}-1`, role, TOKENS[role]));
  world = await startApp({ config: { operatorTokens: [...all, ...limited] } });
  operations = Object.entries(world.app.get(ApiDocument).get().paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { operationId: string }>).map(([method, { operationId }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
    })),
  );
  for (const id of [OWN, FOREIGN]) {
    await known(id);
    await resource(id);
    const { id: actionId, deployment } = await actionIn(world, 'succeeded', { installation: id });
    const delivery = await deliver(world, { installation: id, deployment });
    await record(actionId, id, delivery);
  }
});
afterAll(() => world.close());

async function record(actionId: string, installationId: string, delivery: string): Promise<void> {
  await world.database.query(
    `INSERT INTO transition (action_id, event, from_state, to_state, actor, delivery_id)
     VALUES ($1, 'start', 'none', 'queued', 'vercel', $2), ($1, 'fail', 'queued', 'failing', 'worker', NULL)`,
    [actionId, delivery],
  );
  await world.database.query(
    `INSERT INTO vercel_call
       (action_id, installation_id, deployment_id, operation, method, path, status, duration_ms,
       attempt, code, at) VALUES ($1, $2, 'd', $3, 'PATCH', '/v1', 500, 5, 1, 'x', now())`,
    [actionId, installationId, `of-${installationId}`],
  );
}

/** Returns the response, or the first events of a stream. */
async function ask(method: string, { path, body }: Target, token: string | null): Promise<Answer> {
  const options = { as: null, ...(token === null ? {} : { token }), ...(body === undefined ? {} : { body }) };
  return path.startsWith('/api/v1/events') ? stream(path, token) : world.call(method, path, options);
}

async function stream(path: string, token: string | null): Promise<Answer> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${world.url}${path}`, { headers });
  let text = '';
  const decoder = new TextDecoder();
  if (response.ok && response.body) {
    // Existing events arrive at once; a second event of the same batch can arrive a moment later.
    for await (const chunk of response.body) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.includes('event: transition')) break;
    }
  } else text = await response.text();
  return { status: response.status, headers: response.headers, body: text };
}

const CREDENTIALS: [string, OperatorRole | null, string | null][] = [
  ['no token', null, null],
  ['a bad token', null, 'b'.repeat(48)],
  ...OPERATOR_ROLES.map((role): [string, OperatorRole, string] => [role, role, TOKENS[role]]),
  ...OPERATOR_ROLES.map((role): [string, OperatorRole, string] => [`limited ${role}`, role, LIMITED[role]]),
];

describe('the matrix of roles and routes', () => {
  it('has a line for exactly the documented operations', () => {
    expect(operations.map(({ id }) => id).toSorted()).toEqual(Object.keys(TABLE).toSorted());
  });

  it('contains every registered route', () => {
    const open = new Set(['GET /api/openapi.json', 'GET /api/docs']);
    const described = operations.map(({ method, path }) => `${method} ${path}`);
    const routes = [...world.routes].filter(
      (route) => / \/api(\/|$)/i.test(route) && !route.startsWith('HEAD '),
    );
    expect(routes.filter((route) => !open.has(route)).toSorted()).toEqual(described.toSorted());
    const heads = [...world.routes]
      .filter((route) => route.startsWith('HEAD /api/'))
      .map((route) => route.slice(5));
    expect(heads.filter((path) => !operations.some((one) => one.path === path)).toSorted()).toEqual([
      '/api/docs',
      '/api/openapi.json',
    ]);
  });

  it.each(Object.entries(TABLE))(
    'allows %s only for the documented roles',
    async (id, { least, on, ofAll }) => {
      const { method } = operations.find((operation) => operation.id === id) ?? { method: '' };
      for (const [name, role, token] of CREDENTIALS) {
        const target = await on(OWN);
        const { status } = await ask(method, target, token);
        if (role === null) expect([name, status]).toEqual([name, 401]);
        else if (!includes(role, least) || (ofAll && name.startsWith('limited')))
          expect([name, status]).toEqual([name, 403]);
        else expect([name, Math.floor(status / 100)]).toEqual([name, 2]);
        if (method === 'GET' && id !== 'streamEvents' && role === null)
          expect((await world.call('HEAD', target.path, { as: null })).status).toBe(401);
      }
    },
  );

  it.each(Object.entries(TABLE).filter(([, { ofOne }]) => ofOne))(
    'responds 404 to %s for an installation outside the scope, and changes nothing',
    async (id, { on }) => {
      const { method } = operations.find((operation) => operation.id === id) ?? { method: '' };
      const target = await on(FOREIGN);
      const before = await snapshot();
      const { status, body } = await ask(method, target, LIMITED.admin);
      expect([status, body.type]).toEqual([404, 'urn:drawbridge:problem:not-found']);
      expect(await snapshot()).toEqual(before);
      expect(Math.floor((await ask(method, target, TOKENS.admin)).status / 100)).toBe(2);
    },
  );

  it.each(Object.entries(TABLE).filter(([, { ofOne }]) => !ofOne))(
    'keeps an installation outside the scope out of %s',
    async (_, { on }) => {
      const foreign = await identifiers();
      const { path } = await on(OWN);
      const shown = JSON.stringify((await ask('GET', { path }, LIMITED.viewer)).body);
      expect(foreign.filter((id) => shown.includes(id))).toEqual([]);
    },
  );

  /** Returns the ids of the foreign installation, its actions, deliveries and allocations. */
  async function identifiers(): Promise<string[]> {
    const rows: { id: string }[] = await world.database.query(
      `SELECT id::text AS id FROM action WHERE installation_id = $1 UNION SELECT id::text FROM delivery
         WHERE installation_id = $1 UNION SELECT key FROM allocation WHERE installation_id = $1`,
      [FOREIGN],
    );
    return [FOREIGN, ...rows.map(({ id }) => id)];
  }

  async function snapshot(): Promise<unknown> {
    return world.database.query(
      `SELECT (SELECT count(*) FROM transition) AS transitions, (SELECT count(*) FROM delivery) AS deliveries,
         (SELECT json_agg(i ORDER BY id) FROM installation i)::text AS installations,
         (SELECT json_agg(r ORDER BY installation_id, id) FROM resource r)::text AS resources,
         (SELECT json_agg(a ORDER BY id) FROM action a)::text AS actions`,
    );
  }
});

describe('a token with an installation scope', () => {
  const of = (path: string, token = LIMITED.viewer): Promise<Answer> =>
    world.call('GET', `/api/v1/${path}`, { token });

  it('gets only its installations in every list, also with a filter by another one', async () => {
    for (const list of ['actions', 'deliveries', 'allocations']) {
      const own: { installationId: string }[] = (await of(`${list}?limit=200`)).body.items;
      expect([list, new Set(own.map(({ installationId }) => installationId))]).toEqual([
        list,
        new Set([OWN]),
      ]);
      expect((await of(`${list}?installation=${FOREIGN}`)).body).toEqual({ items: [], next: null });
      expect((await of(`${list}?installation=${FOREIGN}`, TOKENS.viewer)).body.items).not.toEqual([]);
    }
    expect((await of('installations')).body.items.map(({ id }: { id: string }) => id)).toEqual([OWN]);
  });

  it('pages through its rows without gaps', async () => {
    for (let n = 0; n < 6; n++) await actionIn(world, 'queued', { installation: n % 2 ? OWN : FOREIGN });
    const all: string[] = (await of('actions?limit=200')).body.items.map(({ id }: { id: string }) => id);
    const paged = (await itemsOf(of, 'actions?limit=2')).map(({ id }: { id: string }) => id);
    expect(paged).toEqual(all);
  });

  it('exports and lists the transitions of its installations only', async () => {
    const headers = { authorization: `Bearer ${LIMITED.viewer}`, accept: 'application/x-ndjson' };
    const text = await (await fetch(`${world.url}/api/v1/transitions`, { headers })).text();
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; actionId: string });
    const rows: { id: string }[] = await world.database.query(
      `SELECT t.id FROM transition t JOIN action a ON a.id = t.action_id WHERE a.installation_id = $1 ORDER BY t.id`,
      [OWN],
    );
    expect(lines.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    const paged = (await of('transitions?limit=200')).body.items.map(({ id }: { id: string }) => id);
    expect(paged).toEqual(lines.slice(0, 200).map(({ id }) => id));
    const { id: foreign } = await actionIn(world, 'queued', { installation: FOREIGN });
    expect((await of(`transitions?action=${foreign}`)).body.items).toEqual([]);
  });

  it('gets events of its installations only', async () => {
    const [own, foreign] = [
      await actionIn(world, 'failed', { installation: OWN }),
      await actionIn(world, 'failed', { installation: FOREIGN }),
    ];
    const headers = { authorization: `Bearer ${LIMITED.viewer}` };
    const controller = new AbortController();
    const response = await fetch(`${world.url}/api/v1/events`, { headers, signal: controller.signal });
    const reader = response.body?.getReader();
    let text = '';
    const read = async (): Promise<void> => {
      const part = await reader?.read();
      text += new TextDecoder().decode(part?.value as Uint8Array);
    };
    await read();
    for (const { id } of [foreign, own])
      await world.call('POST', `/api/v1/actions/${id}/retry`, { as: 'operator', body: reason });
    while (!text.includes(own.id)) await read();
    controller.abort();
    expect(text).not.toContain(foreign.id);
  });

  it('gets a summary of its installations only', async () => {
    const [row] = await world.database.query(
      `SELECT (SELECT count(*) FROM action WHERE installation_id = $1)::int AS actions,
         (SELECT count(*) FROM transition t JOIN action a ON a.id = t.action_id
          WHERE a.installation_id = $1 AND event = 'start')::int AS started`,
      [OWN],
    );
    const { body } = await of('summary?window=24h');
    const counted = Object.values(body.states as Record<string, number>).reduce(
      (sum, count) => sum + count,
      0,
    );
    expect([counted, body.flow.started]).toEqual([row.actions, row.started]);
    expect(body.provisioners).toMatchObject([{ action: 'branch', failed: 1 }]);
    expect(body.vercel).toMatchObject({ calls: 1, operations: [{ operation: `of-${OWN}` }] });
    const all = (await of('summary?window=24h', TOKENS.viewer)).body;
    expect([all.vercel.calls, all.provisioners[0].failed]).toEqual([2, 2]);
  });

  it('uses the index of its installation in the order of the list', async () => {
    const text = await planOver(
      world.database,
      [
        `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, created_at)
         SELECT gen_random_uuid(), 'icfg_' || n % 500, 'dpl_' || n, 'r1', 'branch', 'queued',
           now() - n * interval '1 second'
         FROM generate_series(1, 20000) n`,
        'ANALYZE action',
      ],
      `SELECT * FROM action WHERE installation_id = 'icfg_7' ORDER BY created_at DESC, id DESC LIMIT 20`,
    );
    expect(text).toContain('Index Scan Backward using action_of_installation');
    expect(text).not.toContain('Sort');
  });
});
