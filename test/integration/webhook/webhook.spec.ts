import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication, type Application } from '../../../src/boot/create-app.js';
import { loadConfig } from '../../../src/config/config.js';
import { migrate } from '../../../src/database/schema/migrate.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { startProxy, type TcpProxy } from '../../support/servers/tcp-proxy.js';
import { signatureOf } from '../../support/webhooks.js';
import {
  ACTIONS,
  connection,
  createWorld,
  environment,
  eventually,
  INSTALLATION,
  RESOURCE,
  SECRET,
  type World,
  WAIT_MS,
} from '../../support/world.js';

const ROTATED = 'the-secret-before';

interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

/** Posts a body with these headers, or signed with the first secret without headers. */
async function post(
  base: string,
  body: string | Uint8Array,
  headers?: Record<string, string>,
): Promise<Answer> {
  const all = headers ?? { 'content-type': 'application/json', 'x-vercel-signature': signatureOf(body) };
  const response = await fetch(`${base}/webhooks/vercel`, {
    method: 'POST',
    body: body as string,
    headers: all,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}

let serial = 0;
const newId = (prefix: string): string => `${prefix}_${process.pid}_${++serial}`;

function event(over: { id?: string; type?: string; createdAt?: number; payload?: object } = {}) {
  return {
    id: newId('evt'),
    type: 'deployment.integration.action.start',
    createdAt: Date.now(),
    region: 'iad1',
    ...over,
    payload: {
      installationId: INSTALLATION,
      resourceId: RESOURCE,
      action: 'branch',
      deployment: { id: newId('dpl') },
      ...over.payload,
    },
  };
}

describe('POST /webhooks/vercel', () => {
  let world: World;
  let base: string;
  beforeAll(async () => {
    world = await createWorld({ actions: ACTIONS.memory, roles: 'web' });
    base = world.app.url;
  });
  afterAll(() => world?.close());

  const deliveries = (eventId: string) =>
    world.sql<{ id: string; result: string; times: number; body: string; type: string }>(
      'SELECT id, result, times, body, type FROM delivery WHERE event_id = $1',
      [eventId],
    );
  const actionsOf = (deploymentId: string) =>
    world.sql<{ id: string; state: string; path: string[] }>(
      `SELECT id, state, array(SELECT event FROM transition t WHERE t.action_id = a.id ORDER BY t.id) AS path
       FROM action a WHERE deployment_id = $1`,
      [deploymentId],
    );
  const counts = async () =>
    (await world.sql('SELECT (SELECT count(*) FROM delivery) AS d, (SELECT count(*) FROM action) AS a'))[0];

  it('responds 202 with the delivery once it is durable, and stores the body as it was sent', async () => {
    const sent = event();
    const text = ` ${JSON.stringify(sent, null, 1)} `;
    const answer = await post(base, text);
    expect(answer.status).toBe(202);
    const [row] = await deliveries(sent.id);
    expect(answer.body).toEqual({ delivery: row?.id, result: 'recorded' });
    expect(row).toMatchObject({ result: 'recorded', times: 1, body: text, type: sent.type });
    expect(await actionsOf(sent.payload.deployment.id)).toMatchObject([{ state: 'queued', path: ['start'] }]);
  });

  const body = JSON.stringify(event());
  it.each<[string, Record<string, string>]>([
    ['no signature', {}],
    ['an empty signature', { 'x-vercel-signature': '' }],
    ['a wrong signature', { 'x-vercel-signature': signatureOf('something else') }],
    ["another secret's signature", { 'x-vercel-signature': signatureOf(body, 'wrong') }],
    ["an empty secret's signature", { 'x-vercel-signature': signatureOf(body, '') }],
    ['the signature in upper case', { 'x-vercel-signature': signatureOf(body).toUpperCase() }],
    ['a truncated signature', { 'x-vercel-signature': signatureOf(body).slice(1) }],
    ['the signature under another name', { 'x-signature': signatureOf(body) }],
  ])('responds 401 to %s, and stores nothing', async (_, headers) => {
    const before = await counts();
    const answer = await post(base, body, { 'content-type': 'application/json', ...headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ type: 'urn:drawbridge:problem:invalid-signature', status: 401 });
    expect(JSON.stringify(answer.body)).not.toContain(signatureOf(body));
    expect(await counts()).toEqual(before);
  });

  it('checks the signature before it reads the body', async () => {
    for (const odd of ['', '{', 'null', '\xff'])
      expect((await post(base, odd, { 'x-vercel-signature': signatureOf('other') })).status).toBe(401);
  });

  const utf8 = (text: string): Uint8Array => Buffer.from(text);
  it.each<[string, Uint8Array, string]>([
    ['an empty body', utf8(''), 'the body is not JSON'],
    ['truncated JSON', utf8(body.slice(0, -3)), 'the body is not JSON'],
    [
      'bytes that are not UTF-8',
      Buffer.concat([utf8('{"id":"'), Buffer.from([0xc3, 0x28])]),
      'the body is not UTF-8',
    ],
    ['null', utf8('null'), 'the body is not an event: body: '],
    ['a list of events', utf8(`[${body}]`), 'the body is not an event: body: '],
    ['an event without an id', utf8(JSON.stringify({ ...event(), id: undefined })), 'id: '],
    [
      'an event whose payload lacks the deployment',
      utf8(JSON.stringify(event({ payload: { deployment: {} } }))),
      'deployment.id: ',
    ],
    ['an id with NUL', utf8(JSON.stringify(event({ payload: { action: 'a\0b' } }))), 'action: '],
    ['an id with half a character', utf8(JSON.stringify(event({ id: 'evt_\ud800' }))), 'id: '],
    [
      'an id of 300 characters',
      utf8(JSON.stringify(event({ payload: { resourceId: 'x'.repeat(300) } }))),
      'resourceId: ',
    ],
    ['members of __proto__ alone', utf8(`{"__proto__":${body}}`), 'id: '],
    ['an invalid time', utf8(JSON.stringify({ ...event(), createdAt: 'now' })), 'createdAt: '],
  ])('responds 400 to %s with a valid signature, and names the problem', async (_, bytes, problem) => {
    const before = await counts();
    const answer = await post(base, bytes);
    expect(answer.status).toBe(400);
    expect(answer.body.type).toBe('urn:drawbridge:problem:invalid-event');
    expect(answer.body.detail).toContain(problem);
    expect(await counts()).toEqual(before);
  });

  it('responds 413 to a body over 256 KiB, and accepts 256 KiB', async () => {
    const padded = (bytes: number): string => {
      const sent = JSON.stringify({ ...event(), padding: '' });
      return sent.replace('"padding":""', `"padding":"${'x'.repeat(bytes - sent.length)}"`);
    };
    expect((await post(base, padded(256 * 1024))).status).toBe(202);
    const answer = await tooLarge(base, padded(1024 * 1024));
    expect(answer).toBe(413);
    expect((await post(base, JSON.stringify(event()))).status).toBe(202);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'nonsense',
    undefined,
  ])('accepts the content type %s with a valid signature', async (type) => {
    const sent = JSON.stringify(event());
    const status = await raw(base, sent, {
      ...(type ? { 'content-type': type } : {}),
      'x-vercel-signature': signatureOf(sent),
    });
    expect(status).toBe(202);
  });

  it.each(['deployment.created', 'deployment.integration.action.restart', 'marketplace.invoice.paid', 'x'])(
    'stores an event of type %s and responds `ignored`',
    async (type) => {
      const sent = { ...event(), type };
      const answer = await post(base, JSON.stringify(sent));
      expect(answer).toMatchObject({ status: 202, body: { result: 'ignored' } });
      expect(await deliveries(sent.id)).toMatchObject([
        { id: answer.body.delivery, result: 'ignored', type },
      ]);
      expect(await actionsOf(sent.payload.deployment.id)).toEqual([]);
      const again = await post(base, JSON.stringify(sent));
      expect(again.body).toEqual({ delivery: answer.body.delivery, result: 'duplicate' });
    },
  );

  it.each(['integration-resource.project-connected', 'integration-resource.project-disconnected'])(
    'records %s',
    async (type) => {
      const sent = { ...event(), type, payload: { installationId: 'i', resourceId: 'r', projectId: 'p' } };
      expect((await post(base, JSON.stringify(sent))).body.result).toBe('recorded');
    },
  );

  it('removes the token of an installation that Vercel reports as removed', async () => {
    await world.api('/api/v1/installations/icfg_gone', { method: 'PUT', body: '{"accessToken":"t"}' });
    const sent = {
      ...event(),
      type: 'integration-configuration.removed',
      payload: { configuration: { id: 'icfg_gone' } },
    };
    expect((await post(base, JSON.stringify(sent))).body.result).toBe('recorded');
    const { body: removed } = await world.api('/api/v1/installations/icfg_gone');
    expect(removed).toMatchObject({ hasAccessToken: false, removedAt: expect.any(String) as string });
    const unknown = { ...sent, id: newId('evt'), payload: { configuration: { id: 'icfg_never_seen' } } };
    expect((await post(base, JSON.stringify(unknown))).status).toBe(202);
  });

  it('counts a known event id, and returns the first delivery', async () => {
    const sent = event();
    const first = await post(base, JSON.stringify(sent));
    const second = await post(base, JSON.stringify(sent));
    expect(second).toMatchObject({
      status: 202,
      body: { delivery: first.body.delivery, result: 'duplicate' },
    });
    expect(await deliveries(sent.id)).toMatchObject([{ times: 2 }]);
    expect(await actionsOf(sent.payload.deployment.id)).toMatchObject([{ path: ['start'] }]);
  });

  it('records the same operation under another id without effect', async () => {
    const sent = event();
    await post(base, JSON.stringify(sent));
    const again = { ...sent, id: newId('evt') };
    expect((await post(base, JSON.stringify(again))).body.result).toBe('recorded');
    expect(await deliveries(again.id)).toMatchObject([{ times: 1 }]);
    expect(await actionsOf(sent.payload.deployment.id)).toMatchObject([{ path: ['start'] }]);
  });

  it('loses none of many concurrent webhooks, valid and invalid ones', async () => {
    const good = Array.from({ length: 300 }, () => event());
    const answers = await Promise.all(
      good.flatMap((sent, index) => [
        post(base, JSON.stringify(sent)),
        post(base, JSON.stringify(sent), { 'x-vercel-signature': signatureOf('x') }),
        ...(index % 3 === 0 ? [post(base, `${JSON.stringify(sent)}}`)] : []),
      ]),
    );
    const statuses = Map.groupBy(answers, ({ status }) => status);
    expect([...statuses].map(([status, list]) => [status, list.length]).toSorted()).toEqual([
      [202, 300],
      [400, 100],
      [401, 300],
    ]);
    const [row] = await world.sql('SELECT count(*)::int FROM delivery WHERE event_id = ANY($1)', [
      good.map(({ id }) => id),
    ]);
    expect(row).toEqual({ count: 300 });
  });

  it('accepts the longest and most unusual valid ids', async () => {
    const odd = '🦊ключ\u0001"\\'.padEnd(120, '\u0002');
    const random = (): string =>
      Array.from({ length: 63 }, () =>
        String.fromCodePoint(0x10000 + Math.floor(Math.random() * 60_000)),
      ).join('');
    for (const make of [() => odd, random, () => '__proto__', () => "';--", () => 'x'.repeat(255)]) {
      const payload = {
        installationId: make(),
        resourceId: make(),
        action: make(),
        deployment: { id: make() },
      };
      const sent = event({ id: make().slice(0, 100) + serial, payload });
      expect((await post(base, JSON.stringify(sent))).status, JSON.stringify(payload)).toBe(202);
      expect(await actionsOf(payload.deployment.id)).toMatchObject([{ state: 'queued' }]);
    }
  });

  it('rejects other methods', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect([404, 405]).toContain((await fetch(`${base}/webhooks/vercel`, { method })).status);
  });
});

/** Sends a request without the headers that `fetch` adds. */
function raw(base: string, body: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${base}/webhooks/vercel`, { method: 'POST', headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The server may respond and disconnect before it has read the body. Only the response counts. */
function tooLarge(base: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': String(body.length), 'x-vercel-signature': signatureOf(body) };
    const sent = request(`${base}/webhooks/vercel`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('a webhook for an unknown action, resource or installation', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({
      actions: ACTIONS.memory,
      twin: { installations: { [INSTALLATION]: 'token-of-icfg_1', icfg_unknown: 'x' } },
    });
  });
  afterAll(() => world?.close());

  const ended = (deployment: string) =>
    eventually(async () => {
      const { body } = await world.api(`/api/v1/actions?deployment=${deployment}`);
      return body.items[0]?.state === 'failed' && body.items[0];
    });

  it.each([
    [
      'undeclared-action',
      { actions: ['brnch'] },
      /^action "brnch" is not set up .*offers: branch.*remove it .* or contact/,
    ],
    [
      'unknown-resource',
      { resourceId: 'res_9' },
      /^resource "res_9" is not known .*reconnect it .* or contact/,
    ],
  ])('fails the action for %s, with advice for the person who deploys', async (reason, over, advice) => {
    const { id } = world.twin.createDeployment({ project: 'shop', connections: [connection(over)] });
    const deployment = await world.twin.waitFor(id, WAIT_MS);
    expect(deployment.state).toBe('error');
    expect(deployment.actions[0]).toMatchObject({ status: 'failed' });
    expect(deployment.actions[0]?.statusText).toMatch(advice);
    expect(await ended(id)).toMatchObject({
      reason,
      outcome: 'failed',
      statusText: deployment.actions[0]?.statusText,
    });
  });

  it('fails the action of an unknown installation, without a report to Vercel', async () => {
    const { id } = world.twin.createDeployment({
      project: 'shop',
      connections: [connection({ installationId: 'icfg_unknown' })],
    });
    const action = await ended(id);
    expect(action).toMatchObject({ reason: 'no-token', outcome: 'failed' });
    expect(action.statusText).toMatch(/^installation icfg_unknown has no access token here; reinstall/);
    expect(world.twin.log().filter((entry) => entry.kind === 'api' && entry.deploymentId === id)).toEqual([]);
  });
});

describe('a webhook during the rotation of secrets', () => {
  let database: TestDatabase;
  let app: Application;
  let dir: string;
  beforeAll(async () => {
    database = await createDatabase('rotation');
    await migrate(database.url);
    dir = await mkdtemp(join(tmpdir(), 'drawbridge-webhook-'));
    await writeFile(join(dir, 'actions.yaml'), ACTIONS.memory);
    const env = environment(database.url, 'http://127.0.0.1:1', join(dir, 'actions.yaml'), 'web');
    app = await startApplication(
      loadConfig({ ...env, VERCEL_CLIENT_SECRET: `${SECRET},${ROTATED}` }, { cwd: dir }),
      database.url,
    );
  });
  afterAll(async () => {
    await app?.stop();
    await database?.drop();
    await rm(dir, { recursive: true, force: true });
  });

  it('is accepted with each of them, and with no other', async () => {
    for (const [secret, status] of [
      [SECRET, 202],
      [ROTATED, 202],
      [`${SECRET},${ROTATED}`, 401],
      ['', 401],
    ] as const) {
      const body = JSON.stringify(event());
      expect((await post(app.url, body, { 'x-vercel-signature': signatureOf(body, secret) })).status).toBe(
        status,
      );
    }
  });
});

describe('a webhook during an outage of the database', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let app: Application;
  let dir: string;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createDatabase('outage');
    await migrate(database.url);
    proxy = await startProxy(database.url);
    dir = await mkdtemp(join(tmpdir(), 'drawbridge-webhook-'));
    await writeFile(join(dir, 'actions.yaml'), ACTIONS.memory);
    const env = environment(proxy.url, 'http://127.0.0.1:1', join(dir, 'actions.yaml'), 'web');
    app = await startApplication(loadConfig({ ...env, LOG_LEVEL: 'fatal' }, { cwd: dir }), proxy.url);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await app?.stop();
    await proxy?.close();
    await database?.drop();
    await rm(dir, { recursive: true, force: true });
  });

  it('gets 503 with Retry-After, and 202 once the database is back; no event with 202 is lost', async () => {
    const sent = Array.from({ length: 60 }, () => event());
    const pushed = sent.map(async (one, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 10));
      return post(app.url, JSON.stringify(one));
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await proxy.takeAway();
    const answers = await Promise.all(pushed);
    const during = await post(app.url, JSON.stringify(event()));
    expect(during.status).toBe(503);
    expect(during.body.type).toBe('urn:drawbridge:problem:unavailable');
    for (const { status, headers } of [...answers, during].filter((answer) => answer.status !== 202)) {
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await fetch(`${app.url}/livez`)).status).toBe(200);

    await proxy.giveBack();
    await eventually(async () => (await post(app.url, JSON.stringify(event()))).status === 202);
    const again = await Promise.all(sent.map((one) => post(app.url, JSON.stringify(one))));
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([202]));
    for (const [index, first] of answers.entries())
      if (first.status === 202)
        expect(again[index]?.body).toEqual({ delivery: first.body.delivery, result: 'duplicate' });
    const { rows } = await client.query(
      `SELECT count(*)::int, count(DISTINCT a.id)::int AS actions, count(t.id)::int AS transitions
       FROM delivery d
       JOIN action a USING (deployment_id) JOIN transition t ON t.action_id = a.id WHERE event_id = ANY($1)`,
      [sent.map(({ id }) => id)],
    );
    expect(rows).toEqual([{ count: 60, actions: 60, transitions: 60 }]);
  });

  it('gets 503 when the sessions of the server are ended, and 202 soon after', async () => {
    for (let round = 0; round < 3; round++) {
      const sent = Array.from({ length: 20 }, () => post(app.url, JSON.stringify(event())));
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      for (const { status } of await Promise.all(sent)) expect([202, 503]).toContain(status);
      await eventually(async () => (await post(app.url, JSON.stringify(event()))).status === 202);
    }
  });
});
