import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { query } from '../../support/postgres.js';
import { hearLog } from '../../support/log.js';
import { postWebhook } from '../../support/webhooks.js';
import { runMigration, runProgram } from '../../support/processes.js';
import { ACTIONS, ADMIN, createWorld, eventually, INSTALLATION, type World } from '../../support/world.js';

let world: World;
beforeEach(async () => {
  world = await createWorld({ actions: ACTIONS.memory });
});
afterEach(() => world.close());

const nameOf = (): string => new URL(world.databaseUrl).pathname.slice(1);
/** Runs a statement from another database, which still accepts connections. */
const admin = (statement: string): Promise<{ pid: number }[]> => query(inject('postgresUrl'), statement);
const alter = (what: string) => admin(`ALTER DATABASE ${nameOf()} ${what}`);
const endSessions = () =>
  admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${nameOf()}'`);

interface RequestOptions {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

async function request(path: string, init: RequestOptions = {}) {
  const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json', ...init.headers };
  return contentOf(await fetch(`${world.app.url}${path}`, { ...init, headers }));
}

async function contentOf(response: Response) {
  const text = await response.text();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text };
}

async function webhook() {
  const payload = {
    installationId: INSTALLATION,
    resourceId: 'res_1',
    action: 'branch',
    deployment: { id: `dpl_${randomUUID()}` },
  };
  const event = { id: randomUUID(), type: 'deployment.integration.action.start', createdAt: Date.now() };
  return contentOf(await postWebhook(world.app.url, JSON.stringify({ ...event, payload })));
}

const putToken = () =>
  request(`/api/v1/installations/${INSTALLATION}`, {
    method: 'PUT',
    body: JSON.stringify({ accessToken: 'another' }),
  });

const EXPORT = { headers: { accept: 'application/x-ndjson' } };

describe('a read-only database', () => {
  it('makes writes respond 503 in each pool, but not reads, until it is writable again', async () => {
    const lines = hearLog();
    expect((await request('/readyz')).status).toBe(200);
    await alter('SET default_transaction_read_only = on');
    await eventually(async () => (await request('/readyz')).status === 503);
    for (const answer of [await webhook(), await putToken()]) {
      expect(answer).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
      expect(JSON.parse(answer.text).type).toBe('urn:drawbridge:problem:unavailable');
    }
    expect((await putToken()).text).toContain('the database is read-only; try again');
    expect((await request('/api/v1/actions')).status).toBe(200);
    expect((await request('/metrics')).text).toMatch(/^drawbridge_database_writable 0$/m);
    await alter('RESET default_transaction_read_only');
    await eventually(async () => (await webhook()).status === 202);
    await eventually(async () => (await request('/readyz')).status === 200);
    expect((await putToken()).status).toBeLessThan(300);
    expect((await request('/metrics')).text).toMatch(/^drawbridge_database_writable 1$/m);
    expect((await request('/metrics')).text).toMatch(
      /^drawbridge_database_refusals_total\{cause="read-only"\} [1-9]/m,
    );
    const logged = lines.filter(({ level }) => level === 'error' || level === 'warn');
    // The others are logged once per outage.
    const once = ['jobs-not-fetched', 'upkeep-failed'];
    expect(logged.filter(({ event }) => event === 'database-refuses').length).toBeLessThan(4);
    expect(logged.some(({ event }) => event === 'database-refuses')).toBe(true);
    for (const event of once) expect(logged.filter((line) => line.event === event).length).toBeLessThan(2);
    const known = new Set(['database-refuses', ...once]);
    expect(logged.filter(({ event }) => !known.has(event))).toEqual([]);
    expect(logged.some((line) => 'stack' in line)).toBe(false);
    expect(lines.filter(({ event }) => event === 'database-serves')).toHaveLength(1);
  });

  it('has no session of the outage left afterwards, including idle ones', async () => {
    await endSessions();
    await alter('SET default_transaction_read_only = on');
    await eventually(async () => (await request('/readyz')).status === 503);
    for (let round = 0; round < 3; round++)
      await Promise.all([webhook(), putToken(), request('/api/v1/actions'), request('/api/v1/summary')]);
    await alter('RESET default_transaction_read_only');
    const ended = (await query<{ now: Date }>(inject('postgresUrl'), 'SELECT clock_timestamp() AS now'))[0]
      ?.now;
    await eventually(async () => (await request('/readyz')).status === 200);
    await eventually(async () => {
      const left = await query(
        inject('postgresUrl'),
        `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'drawbridge-%'
           AND application_name <> 'drawbridge-listener' AND backend_start < $2`,
        [nameOf(), ended],
      );
      return left.length === 0;
    });
  });
});

describe('a database that refuses connections', () => {
  it('makes routes that need it respond 503 with Retry-After, and event streams continue later', async () => {
    const stream = await fetch(`${world.app.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${ADMIN}` },
    });
    let followed = '';
    const decoder = new TextDecoder();
    const following = stream.body?.pipeTo(
      new WritableStream({ write: (chunk: Uint8Array) => void (followed += decoder.decode(chunk)) }),
    );
    await alter('ALLOW_CONNECTIONS false');
    // The database is dropped by the end of the test.
    onTestFinished(() => void alter('ALLOW_CONNECTIONS true').catch(() => undefined));
    await endSessions();
    await eventually(async () => (await request('/readyz')).status === 503);
    const id = randomUUID();
    const routes: Parameters<typeof request>[] = [
      ['/api/v1/actions'],
      [`/api/v1/actions/${id}`],
      ['/api/v1/transitions'],
      ['/api/v1/transitions', EXPORT],
      ['/api/v1/events'],
      ['/api/v1/summary'],
      ['/api/v1/deliveries'],
      ['/api/v1/allocations'],
      [`/api/v1/installations/${INSTALLATION}`],
      [`/api/v1/actions/${id}/cancel`, { method: 'POST', body: '{"reason":"none"}' }],
    ];
    for (const [path, init] of routes)
      expect(await request(path, init), path).toMatchObject({ status: 503, retryAfter: expect.any(String) });
    expect(await webhook()).toMatchObject({ status: 503, retryAfter: '5' });
    expect((await request('/livez')).status).toBe(200);
    expect((await request('/metrics')).status).toBe(200);
    await alter('ALLOW_CONNECTIONS true');
    await eventually(async () => (await webhook()).status === 202);
    await eventually(() => followed.includes('event: transition'));
    await world.app.stop();
    await following;
  });
});

describe('a start on a database that refuses', () => {
  it.each([
    ['boot', () => runProgram('main.js', [], world.env, '/tmp')],
    ['migrate', () => runMigration(world.env, '/tmp')],
  ])('fails with one sentence that names DATABASE_URL and the cause: %s', async (_, start) => {
    await alter('SET default_transaction_read_only = on');
    const { code, stderr } = await start();
    expect(stderr).toMatch(
      /^drawbridge: the database that DATABASE_URL names is read-only \(25006: .*\); run `drawbridge doctor` for details\n$/,
    );
    expect(code).toBe(1);
  });

  it('reports a wrong password without quoting it', async () => {
    const url = new URL(world.databaseUrl);
    url.password = 'a-wrong-word';
    const { code, stderr } = await runMigration({ ...world.env, DATABASE_URL: url.href }, '/tmp');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^drawbridge: the database that DATABASE_URL names refuses the role, .* \(28P01: .*\n$/,
      ),
    ]);
    expect(stderr).not.toContain('a-wrong-word');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
