import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstallationRepository } from '../../../src/installation/installation.repository.js';
import { Sealing, tokenContext } from '../../../src/sealing/sealing.js';
import { InstallationScope } from '../../../src/access/scope/installation-scope.js';
import { startApp, type Answer, type OperatorApp } from './api-app.js';

let world: OperatorApp;
let store: InstallationRepository;
const scopeOf = (id: string) => InstallationScope.ofEverybody(world.database).installation(id);
beforeAll(async () => {
  world = await startApp();
  store = world.app.get(InstallationRepository);
});
afterAll(() => world.close());

let counter = 0;
const fresh = (prefix = 'icfg'): string => `${prefix}_${++counter}`;
const SECRET = 'vercel-token-that-must-stay-secret';

const admin = (method: string, path: string, body?: unknown): Promise<Answer> =>
  world.call(method, `/api/v1/installations/${path}`, {
    as: 'admin',
    ...(body === undefined ? {} : { body }),
  });
const put = (id: string): Promise<Answer> => admin('PUT', id, { accessToken: SECRET });

describe('installations', () => {
  it('are created by PUT with 201, and found afterwards', async () => {
    const id = fresh();
    expect((await admin('GET', id)).status).toBe(404);
    const made = await put(id);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id,
      hasAccessToken: true,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      removedAt: null,
      doubt: null,
    });
    expect((await admin('GET', id)).body).toEqual(made.body);
    expect((await put(id)).status).toBe(200);
  });

  it('never return their token, and store it sealed', async () => {
    const id = fresh();
    const answers = [await put(id), await admin('GET', id), await put(id)];
    expect(JSON.stringify(answers.map((answer) => answer.body))).not.toContain(SECRET);
    const [row] = await world.database.query('SELECT sealed_token FROM installation WHERE id = $1', [id]);
    expect(row.sealed_token.includes(SECRET)).toBe(false);
    expect(world.app.get(Sealing).openText(row.sealed_token, tokenContext(id))).toBe(SECRET);
  });

  it('lose their token when they are removed, and are kept with their resources', async () => {
    const id = fresh();
    await put(id);
    await admin('PUT', `${id}/resources/r`, { productId: 'p', name: 'n' });
    expect((await admin('DELETE', id)).status).toBe(204);
    const removed = (await admin('GET', id)).body;
    expect(removed).toMatchObject({ hasAccessToken: false, removedAt: expect.any(String) });
    expect((await admin('GET', `${id}/resources/r`)).status).toBe(200);
    const [row] = await world.database.query('SELECT sealed_token FROM installation WHERE id = $1', [id]);
    expect(row.sealed_token).toBeNull();
    expect((await admin('DELETE', id)).status).toBe(204);
    expect((await admin('GET', id)).body.removedAt).toBe(removed.removedAt);
  });

  it('are active again with a new token', async () => {
    const id = fresh();
    await put(id);
    await admin('DELETE', id);
    const restored = await put(id);
    expect([restored.status, restored.body.hasAccessToken, restored.body.removedAt]).toEqual([
      200,
      true,
      null,
    ]);
  });

  it('cannot be removed when they are unknown', async () => {
    const { status, body } = await admin('DELETE', 'icfg_unknown');
    expect([status, body.type]).toEqual([404, 'urn:drawbridge:problem:not-found']);
    expect(body.detail).toContain('icfg_unknown');
  });

  it('are removed within the transaction of the caller', async () => {
    const [kept, removed] = [fresh(), fresh()];
    await put(kept);
    await put(removed);
    const rolledBack = world.sql.transaction(async (session) => {
      await store.markRemoved([kept], session);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    const known = await world.sql.transaction((session) =>
      store.markRemoved([removed, 'icfg_unknown'], session),
    );
    expect(known).toEqual([removed]);
    expect((await store.get(scopeOf(kept)))?.removedAt).toBeNull();
    expect((await store.get(scopeOf(removed)))?.removedAt).toBeInstanceOf(Date);
  });

  it.each([
    ['no token', {}],
    ['an empty token', { accessToken: '' }],
    ['a token with a line break', { accessToken: 'a\nb' }],
    ['a token that is not a text', { accessToken: 7 }],
    ['an unknown field', { accessToken: 'a', token: 'b' }],
    ['a list', [{ accessToken: 'a' }]],
    ['a text', 'a'],
  ])('are rejected with %s', async (_, body) => {
    const id = fresh();
    const answer = await admin('PUT', id, body);
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:drawbridge:problem:invalid-request']);
    expect((await admin('GET', id)).status).toBe(404);
  });

  it.each([['%00'], ['a%0Ab'], ['x'.repeat(257)]])('are rejected with the id %s', async (id) => {
    const answer = await put(id);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it('are accessible to admins only', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      for (const path of ['/api/v1/installations/i', '/api/v1/installations/i/resources/r']) {
        const options = method === 'PUT' ? { body: {} } : {};
        expect((await world.call(method, path, { as: 'operator', ...options })).status).toBe(403);
        expect((await world.call(method, path, { as: null, ...options })).status).toBe(401);
      }
    }
  });
});

describe('resources', () => {
  it('are created with 201, replaced with 200, read and removed', async () => {
    const id = fresh();
    await put(id);
    const path = `${id}/resources/db%2F1`;
    const settings = { template: 'main', actions: { branch: { region: 'fra1' } } };
    const made = await admin('PUT', path, { productId: 'postgres', name: 'Orders', settings });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      installationId: id,
      id: 'db/1',
      productId: 'postgres',
      name: 'Orders',
      settings,
    });
    expect((await admin('GET', path)).body).toEqual(made.body);
    const replaced = await admin('PUT', path, { productId: 'postgres', name: 'Orders 2' });
    expect([replaced.status, replaced.body.name, replaced.body.settings]).toEqual([200, 'Orders 2', {}]);
    expect((await admin('DELETE', path)).status).toBe(204);
    expect((await admin('GET', path)).status).toBe(404);
    expect((await admin('DELETE', path)).status).toBe(404);
  });

  it('require a known installation', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? { productId: 'p', name: 'n' } : undefined;
      const answer = await admin(method, 'icfg_unknown/resources/r', body);
      expect([answer.status, answer.body.detail]).toEqual([
        404,
        'installation icfg_unknown is not known; PUT it with its access token first',
      ]);
    }
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['a text', 'x'],
    ['more than 64 KiB', { blob: 'x'.repeat(65_536) }],
    ['a NUL', { a: 'x\u0000y' }],
    ['half of a surrogate pair', { a: { b: '\ud800' } }],
    ['a NUL in a name', { 'a\u0000': 1 }],
    ['a name of a prototype member', { a: { constructor: 1 } }],
    ['1,000 levels', JSON.parse(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`)],
  ])('are rejected with settings of %s', async (_, settings) => {
    const id = fresh();
    await put(id);
    const answer = await admin('PUT', `${id}/resources/r`, { productId: 'p', name: 'n', settings });
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:drawbridge:problem:invalid-request']);
  });

  it('are rejected with a number beyond double precision, and with very deep nesting', async () => {
    const id = fresh();
    await put(id);
    for (const settings of ['{"a":1e999}', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`]) {
      const raw = `{"productId":"p","name":"n","settings":${settings}}`;
      const answer = await world.call('PUT', `/api/v1/installations/${id}/resources/r`, { as: 'admin', raw });
      expect(answer.status).toBe(400);
    }
  });
});

describe('the lookup of workers', () => {
  it('returns a batch in its order, including unknown entries', async () => {
    const [known, removed, foreign] = [fresh(), fresh(), fresh()];
    for (const id of [known, removed]) await put(id);
    await store.putResource(scopeOf(known), 'r1', { productId: 'p', name: 'One', settings: { a: 1 } });
    await store.remove(scopeOf(removed));
    const other = new Sealing([{ id: 'lost', key: Buffer.alloc(32, 9) }]);
    await world.database.query('INSERT INTO installation (id, sealed_token) VALUES ($1, $2)', [
      foreign,
      other.seal('x', tokenContext(foreign)),
    ]);
    const pairs = [
      ['icfg_unknown', 'r1'],
      [known, 'r1'],
      [foreign, 'r1'],
      [known, 'r2'],
      [removed, 'r1'],
      [known, 'r1'],
    ].map(([installationId = '', resourceId = '']) => ({ installationId, resourceId }));
    const resource = { id: 'r1', origin: known, settings: { a: 1 }, name: 'One', productId: 'p' };
    const found = await store.lookup(pairs);
    expect(found).toEqual([
      { token: null, removed: false, resource: null },
      { token: SECRET, removed: false, resource },
      { token: null, removed: false, resource: null, problem: expect.stringContaining('"lost"') },
      { token: SECRET, removed: false, resource: null },
      { token: null, removed: true, resource: null },
      { token: SECRET, removed: false, resource },
    ]);
    expect(await store.lookup([])).toEqual([]);
  });
});
