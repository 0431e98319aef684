import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { NeonHandle } from '../../../src/provisioner/builtin/neon-branch/handle.js';
import { type Pending, PermanentError } from '../../../src/provisioner/provisioner.js';
import { KEY, requestFor, type NeonWorld, world } from '../../support/neon/plugin-world.js';

describe('a branch', () => {
  it('has the git ref in its name, copies the default branch, and has the configured compute', async () => {
    const one = await world();
    const { neon } = one;
    await one.ready(
      { key: 'k-1', gitRef: 'feature/login' },
      { compute: { min: 0.5, max: 2 }, suspendAfter: 120 },
    );
    const [branch] = neon.branchesOf('k-1');
    expect(branch).toMatchObject({
      name: 'preview/feature/login',
      parentId: neon.project().defaultBranch().id,
      annotation: { [KEY]: 'k-1' },
      endpoints: [{ type: 'read_write', minCu: 0.5, maxCu: 2, suspendTimeoutSeconds: 120 }],
    });
  });

  it('never sleeps when the configuration says so', async () => {
    const one = await world();
    await one.ready({ key: 'k-1' }, { suspendAfter: 'never' });
    expect(one.neon.branchesOf('k-1')[0]?.endpoints[0]?.suspendTimeoutSeconds).toBe(-1);
  });

  it('can have another parent, by name or by id', async () => {
    const one = await world({ maxPage: 2 });
    const staging = one.neon.project().addBranch({ name: 'staging' });
    await one.ready({ key: 'k-1', gitRef: 'a' }, { parent: 'staging' });
    await one.ready({ key: 'k-2', gitRef: 'b' }, { parent: staging.id });
    for (const key of ['k-1', 'k-2']) expect(one.neon.branchesOf(key)[0]?.parentId).toBe(staging.id);
  });

  it('is not made when its parent does not exist', async () => {
    const one = await world();
    const failure = await one.fails({}, { parent: 'stagin' });
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toBe(
      'neon-branch: project "fake-project" has no branch "stagin", which is the configured parent',
    );
  });

  it("gets another name when somebody else's branch has the plain one", async () => {
    const one = await world();
    const theirs = one.neon.project().addBranch({ name: 'preview/main' });
    await one.ready({ key: 'k-1' });
    await one.gone({ key: 'k-1' });
    expect(one.names()).toEqual(['preview/main']);
    expect(one.neon.project().named('preview/main').id).toBe(theirs.id);
  });

  it('exists once for each key, also for the same git ref', async () => {
    const one = await world();
    await Promise.all(['k-1', 'k-2', 'k-3'].map((key) => one.ready({ key })));
    expect(one.names()).toEqual([
      'preview/main',
      expect.stringMatching(/^preview\/main-[0-9a-f]{8}$/),
      expect.stringMatching(/^preview\/main-[0-9a-f]{8}$/),
    ]);
    expect(one.neon.keys().sort()).toEqual(['k-1', 'k-2', 'k-3']);
  });

  it('is another one for a git ref that differs only in case, which Neon ignores', async () => {
    const one = await world({ caseInsensitiveNames: true });
    await one.ready({ key: 'k-1', gitRef: 'Login' });
    await one.ready({ key: 'k-2', gitRef: 'login' });
    expect(one.names()).toEqual(['preview/Login', expect.stringMatching(/^preview\/login-[0-9a-f]{8}$/)]);
  });

  it('gets the next name when an unlisted branch has the first one', async () => {
    const one = await world();
    one.neon.faults.next({
      method: 'POST',
      fault: { status: 409, code: 'BRANCH_ALREADY_EXISTS', message: 'branch already exists' },
    });
    await one.ready({ key: 'k-1' });
    expect(one.names()).toEqual([expect.stringMatching(/^preview\/main-[0-9a-f]{8}$/)]);
  });

  it('is found by its key on many pages, under any name', async () => {
    const one = await world({ maxPage: 3 });
    for (let n = 0; n < 10; n++) one.neon.project().addBranch({ name: `other-${n}` });
    const first = await one.ready({ key: 'k-1' });
    one.neon.project().renameBranch(first.handle.branchId, 'renamed by hand');
    const again = await one.ready({ key: 'k-1', gitRef: 'elsewhere' });
    expect(again).toEqual(first);
    await one.gone({ key: 'k-1' });
    expect(one.neon.branchesOf('k-1')).toEqual([]);
    expect(one.names()).toHaveLength(10);
  });

  it('is adopted when the answer to its creation was lost', async () => {
    const one = await world();
    one.neon.faults.next({ method: 'POST', fault: 'lost-answer' });
    await one.ready({ key: 'k-1' });
    expect(one.posts()).toBe(1);
    expect(one.neon.branchesOf('k-1')).toHaveLength(1);
  });

  it('is looked for again when the answer to its creation was lost and it is not listed yet', async () => {
    const one = await world();
    one.neon.faults.next({ method: 'POST', fault: 'reset' });
    const failure = await one.fails({ key: 'k-1' });
    expect(PermanentError.is(failure)).toBe(false);
    expect(failure.message).toMatch(/^neon-branch: Neon cannot be reached \(\w+\)$/);
    await one.ready({ key: 'k-1' });
    expect(one.neon.branchesOf('k-1')).toHaveLength(1);
  });

  it('with a duplicate is the older one; the newer one is reported and stays', async () => {
    const one = await world();
    const [older, other] = await one.two('k-1');
    expect((await one.ready({ key: 'k-1' })).handle.branchId).toBe(older);
    expect(one.logged).toEqual([
      `neon-branch: branch "other" (${other}) has the same key as branch "one" (${older}) and is not used`,
    ]);
    expect(one.neon.branchesOf('k-1').map(({ id }) => id)).toEqual([older, other]);
  });

  it('is one also when another call makes it under another name meanwhile', async () => {
    const one = await world({ faults: { probability: 0, slowMs: 1_500 } });
    one.neon.faults.next({ method: 'POST', fault: 'slow' });
    const call = one.ready({ key: 'k-1' });
    await expect.poll(() => one.posts()).toBe(1);
    const first = one.neon.project().addBranch({ name: 'other', annotation: { [KEY]: 'k-1' } });
    expect((await call).handle.branchId).toBe(first.id);
    expect(one.names()).toEqual(['other']);
  });

  it('with a duplicate is gone when both are', async () => {
    const one = await world({ operationMs: 30 });
    await one.two('k-1');
    await one.gone({ key: 'k-1' });
    expect(one.names()).toEqual([]);
  });

  it('is made again after it was removed by hand', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    one.neon.project().removeBranch(handle.branchId);
    const again = await one.ready({ key: 'k-1', handle });
    expect(again.handle.branchId).not.toBe(handle.branchId);
    expect(one.neon.branchesOf('k-1')).toHaveLength(1);
  });

  it('in a handle is not used when it has another key', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    const other = await one.ready({ key: 'k-2', handle });
    expect(other.handle.branchId).not.toBe(handle.branchId);
  });

  it('gets a compute when its own was deleted, and keeps a compute that another call made', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    one.neon.project().named(handle.branchId).endpoints.length = 0;
    const both = await Promise.all([one.ready({ key: 'k-1', handle }), one.ready({ key: 'k-1', handle })]);
    expect(both[0]?.handle.endpointId).not.toBe(handle.endpointId);
    expect(both[0]?.secrets).toEqual(both[1]?.secrets);
    expect(one.neon.branchesOf('k-1')[0]?.endpoints).toHaveLength(1);
  });

  it('whose compute is disabled cannot be used', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    for (const endpoint of one.neon.project().named(handle.branchId).endpoints) endpoint.disabled = true;
    const failure = await one.fails({ key: 'k-1', handle });
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toBe('neon-branch: the compute of branch "preview/main" is disabled in Neon');
  });
});

describe('an operation of Neon', () => {
  async function messages(one: NeonWorld, handle: NeonHandle | null = null): Promise<string[]> {
    const instance = one.open();
    const said: string[] = [];
    let current = handle;
    for (;;) {
      const answer = await instance.provision(requestFor({ key: 'k-1', handle: current }));
      if (answer.status === 'ready') return said;
      if (said.at(-1) !== answer.message) said.push(answer.message);
      current = answer.handle ?? current;
      await sleep(20);
    }
  }

  it('appears in the message, and its ids are kept in the handle', async () => {
    const one = await world({ operationMs: { create_branch: 200, start_compute: 200 } });
    const first = (await one.open().provision(requestFor({ key: 'k-1' }))) as Pending<NeonHandle>;
    expect(first).toEqual({
      status: 'pending',
      message: 'Neon is creating the branch',
      retryAfterMs: 1_000,
      handle: {
        projectId: 'fake-project',
        branchId: one.neon.branchesOf('k-1')[0]?.id,
        name: 'preview/main',
        endpointId: one.neon.branchesOf('k-1')[0]?.endpoints[0]?.id,
        deleting: [],
      },
    });
    expect(await messages(one, first.handle)).toEqual([
      'Neon is creating the branch',
      'Neon is starting the compute',
    ]);
  });

  it('that fails and is retried appears in the message', async () => {
    const one = await world({ operationMs: { create_branch: 100, start_compute: 200 } });
    one.neon.project().failNextOperation('start_compute');
    expect(await messages(one)).toEqual([
      'Neon is creating the branch',
      'Neon failed starting the compute and tries again',
      'Neon is starting the compute',
    ]);
  });

  it.each([
    [423, 'waiting for Neon: other operations of the project run first'],
    [429, 'waiting for Neon: its request limit is reached'],
  ])('gets as much time as Neon asks for with %i', async (status, message) => {
    const one = await world();
    for (const method of ['GET', 'POST', 'DELETE']) {
      one.neon.faults.next({ method, fault: { status, headers: { 'retry-after': '7' } } });
      const verb = method === 'DELETE' ? 'deprovision' : 'provision';
      const answer = await one.open()[verb](requestFor({ key: 'k-1' }));
      expect(answer).toEqual({ status: 'pending', message, retryAfterMs: 7_000 });
      if (method === 'POST') await one.ready({ key: 'k-1' });
    }
    await one.gone({ key: 'k-1' });
  });

  it('gets the time of a date in Retry-After, or a default without one', async () => {
    const one = await world();
    const date = new Date(Date.now() + 60_000).toUTCString();
    const waits: number[] = [];
    for (const headers of [{ 'retry-after': date }, {}]) {
      one.neon.faults.next({ method: 'GET', fault: { status: 429, headers } });
      const answer = await one.open().provision(requestFor({ key: 'k-1' }));
      waits.push((answer as Pending).retryAfterMs);
    }
    expect(waits[0]).toBeGreaterThan(50_000);
    expect(waits[0]).toBeLessThanOrEqual(60_000);
    expect(waits[1]).toBe(5_000);
  });

  it('on another part of the project is waited for', async () => {
    const one = await world({ lock: 'project' });
    one.neon.project().startOperation('main', 'start_compute', 300);
    const answer = await one.open().provision(requestFor({ key: 'k-1' }));
    expect(answer).toMatchObject({ message: expect.stringMatching(/other operations/) });
    await one.ready({ key: 'k-1' });
  });
});

describe('a limit', () => {
  it.each([
    ['BRANCHES_LIMIT_EXCEEDED', 'branches'],
    ['ACTIVE_ENDPOINTS_LIMIT_EXCEEDED', 'computes that are active at once'],
    ['BRANCH_SIZE_LIMIT_EXCEEDED_THRESHOLD', 'size of a branch'],
    ['SOMETHING_NEW_LIMIT_EXCEEDED', 'SOMETHING_NEW_LIMIT_EXCEEDED'],
  ])('on %s fails the action for good and appears in the message', async (code, limit) => {
    const one = await world();
    one.neon.faults.next({ method: 'POST', fault: { status: 422, code, message: 'limit exceeded' } });
    const failure = await one.fails();
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toBe(
      `neon-branch: Neon's limit on ${limit} is reached for project "fake-project": limit exceeded (422)`,
    );
  });

  it('on the time of a gateway is not one of the plan, and may pass', async () => {
    const one = await world();
    one.neon.faults.next({ method: 'POST', fault: { status: 504, code: 'DEADLINE_EXCEEDED', message: '' } });
    const failure = await one.fails();
    expect(PermanentError.is(failure)).toBe(false);
    expect(failure.message).toBe(
      'neon-branch: Neon could not create the branch for project "fake-project": DEADLINE_EXCEEDED (504)',
    );
  });

  it('on branches is reached by branches, and leaves nothing', async () => {
    const one = await world({ limits: { branches: 2 } });
    await one.ready({ key: 'k-1' });
    expect((await one.fails({ key: 'k-2' })).message).toMatch(/limit on branches is reached/);
    await one.gone({ key: 'k-2' });
    expect(one.neon.keys()).toEqual(['k-1']);
  });

  it('on computes is reached by computes', async () => {
    const one = await world({ limits: { endpoints: 1 } });
    expect((await one.fails()).message).toMatch(/limit on computes is reached/);
    expect(one.names()).toEqual([]);
  });

  it("of a plan appears with Neon's message", async () => {
    const one = await world({ limits: { computeUnits: 2 } });
    const failure = await one.fails({}, { compute: { min: 1, max: 4 } });
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toBe(
      'neon-branch: Neon rejected the request to create the branch for project "fake-project": ' +
        'autoscaling_limit_max_cu must not exceed 2 (422)',
    );
  });
});

describe('a key', () => {
  it("that Neon does not know is an error to retry with the project's name", async () => {
    const one = await world();
    const failure = await one.fails({}, { apiKey: 'napi_wrong' });
    expect(PermanentError.is(failure)).toBe(false);
    expect(failure.message).toBe(
      'neon-branch: Neon rejects the apiKey for project "fake-project": authorization failed (401)',
    );
    expect(inspect(failure, { depth: 10 })).not.toContain('napi_wrong');
  });

  it('with read-only access is an error to retry', async () => {
    const one = await world({ readOnlyKey: 'napi_reader' });
    const failure = await one.fails({}, { apiKey: 'napi_reader' });
    expect(PermanentError.is(failure)).toBe(false);
    expect(failure.message).toMatch(/rejects the apiKey for project "fake-project".*\(403\)/);
  });

  it('that Neon repeats in its answer is not repeated', async () => {
    const one = await world();
    const message = `key ${one.neon.apiKey}\nis bad`;
    one.neon.faults.next({ method: 'GET', fault: { status: 401, message } });
    expect((await one.fails()).message).toMatch(/: key … is bad \(401\)$/);
  });

  it('for a missing project fails the action for good', async () => {
    const one = await world();
    const failure = await one.fails({}, { project: 'other-project' });
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toBe(
      'neon-branch: project "other-project" was not found, or the apiKey has no access to it',
    );
    await one.gone({ key: 'k-1' }, { project: 'other-project' });
  });

  it("without access to a branch's project does not make the branch gone", async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    one.neon.removeProject('fake-project');
    const thrown: unknown = await one
      .open()
      .deprovision(requestFor({ key: 'k-1', handle }))
      .catch((error: unknown) => error);
    expect((thrown as Error).message).toMatch(/project "fake-project" was not found/);
    expect(PermanentError.is(thrown)).toBe(false);
  });
});

describe('the secrets', () => {
  it("have the names of Neon's own integration, and Neon's passwords", async () => {
    const one = await world();
    const { secrets, handle } = await one.ready({ key: 'k-1' });
    const host = `${handle.endpointId}.us-east-2.aws.neon.tech`;
    const pooled = `${handle.endpointId}-pooler.us-east-2.aws.neon.tech`;
    const password = one.neon.project().defaultBranch().roles[0]?.password;
    const url = (at: string, query: string): string =>
      `postgresql://neondb_owner:${password}@${at}/neondb${query}`;
    const safe = '?sslmode=require&channel_binding=require';
    expect(secrets).toEqual({
      DATABASE_URL: url(pooled, safe),
      DATABASE_URL_UNPOOLED: url(host, safe),
      PGHOST: pooled,
      PGHOST_UNPOOLED: host,
      PGUSER: 'neondb_owner',
      PGDATABASE: 'neondb',
      PGPASSWORD: password,
      POSTGRES_URL: url(pooled, safe),
      POSTGRES_URL_NON_POOLING: url(host, safe),
      POSTGRES_URL_NO_SSL: url(pooled, ''),
      POSTGRES_PRISMA_URL: url(pooled, '?connect_timeout=15&sslmode=require&channel_binding=require'),
      POSTGRES_USER: 'neondb_owner',
      POSTGRES_HOST: pooled,
      POSTGRES_PASSWORD: password,
      POSTGRES_DATABASE: 'neondb',
    });
  });

  it('have the prefix before each name', async () => {
    const one = await world();
    const plain = await one.ready({ key: 'k-1' });
    const { secrets } = await one.ready({ key: 'k-1' }, { prefix: 'NEON_' });
    const expected = Object.entries(plain.secrets ?? {}).map(([name, value]) => [`NEON_${name}`, value]);
    expect(secrets).toEqual(Object.fromEntries(expected));
  });

  it('are read and never reset', async () => {
    const one = await world();
    const answers = [await one.ready({ key: 'k-1' }), await one.ready({ key: 'k-1' })];
    expect(answers[0]).toEqual(answers[1]);
    expect(one.neon.requests.filter(({ path }) => path.includes('reset'))).toEqual([]);
    expect(one.posts()).toBe(1);
  });

  it('are for the configured role and database, with any names', async () => {
    const one = await world();
    one.neon.project().addRole('main', 'app user@x');
    one.neon.project().addDatabase('main', 'shop/1');
    const { secrets } = await one.ready({ key: 'k-1' }, { role: 'app user@x', database: 'shop/1' });
    expect(secrets).toMatchObject({ PGUSER: 'app user@x', PGDATABASE: 'shop/1' });
    const url = new URL(secrets?.['DATABASE_URL'] ?? '');
    expect(decodeURIComponent(url.username)).toBe('app user@x');
    expect(decodeURIComponent(url.pathname)).toBe('/shop/1');
  });

  it('are for the oldest database and its owner without a database neondb', async () => {
    const one = await world();
    const main = one.neon.project().defaultBranch();
    main.databases = [];
    one.neon.project().addRole('main', 'shop_owner');
    one.neon.project().addDatabase('main', 'shop', 'shop_owner');
    await sleep(1_100);
    one.neon.project().addDatabase('main', 'a-newer-one');
    const { secrets } = await one.ready({ key: 'k-1' });
    expect(secrets).toMatchObject({ PGUSER: 'shop_owner', PGDATABASE: 'shop' });
  });

  it.each([
    [{ role: 'app' }, 'branch "preview/main" has no role "app"; there are "neondb_owner"'],
    [{ database: 'shop' }, 'branch "preview/main" has no database "shop"; there are "neondb"'],
  ])('cannot be read for %o when that is missing', async (config, message) => {
    const one = await world();
    const failure = await one.fails({}, config);
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toBe(`neon-branch: ${message}`);
  });

  it('cannot be read from a project that stores no passwords', async () => {
    const one = await world({ storePasswords: false });
    const failure = await one.fails();
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toMatch(/project "fake-project" stores no password for role "neondb_owner"/);
  });
});

describe('the removal', () => {
  it('of a missing branch is gone', async () => {
    const one = await world();
    await one.gone({ key: 'k-1' });
    expect(one.neon.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each([true, false])(
    'waits for the operations of Neon (a deletion in progress is listed: %s)',
    async (listDeleting) => {
      const one = await world({ operationMs: { suspend_compute: 150, delete_timeline: 150 }, listDeleting });
      await one.ready({ key: 'k-1' });
      const said: string[] = [];
      const instance = one.open();
      for (let handle: NeonHandle | null = null; ;) {
        const answer = await instance.deprovision(requestFor({ key: 'k-1', handle }));
        if (answer.status === 'gone') break;
        handle = answer.handle ?? handle;
        if (said.at(-1) !== answer.message) said.push(answer.message);
        await sleep(20);
      }
      expect(said).toEqual(['Neon is suspending the compute', 'Neon is deleting the branch']);
      expect(one.names()).toEqual([]);
    },
  );

  it('waits for a branch whose creation is in progress', async () => {
    const one = await world({ operationMs: 200 });
    await one.open().provision(requestFor({ key: 'k-1' }));
    const answer = await one.open().deprovision(requestFor({ key: 'k-1' }));
    expect(answer).toMatchObject({ status: 'pending' });
    await one.gone({ key: 'k-1' });
    expect(one.names()).toEqual([]);
  });

  it('succeeds when the answer was lost', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    one.neon.faults.next({ method: 'DELETE', fault: 'lost-answer' });
    await one.gone({ key: 'k-1', handle });
    expect(one.names()).toEqual([]);
  });

  it.each([
    ['a protected branch', { isProtected: true }],
    ['the default branch', { isDefault: true }],
  ])('leaves %s and reports it', async (what, change) => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    Object.assign(one.neon.project().named(handle.branchId), change);
    const thrown: unknown = await one
      .open()
      .deprovision(requestFor({ key: 'k-1', handle }))
      .catch((error: unknown) => error);
    expect(PermanentError.is(thrown)).toBe(false);
    expect((thrown as Error).message).toBe(
      `neon-branch: branch "preview/main" is ${what} of project "fake-project" and cannot be ` +
        'deleted; change that in Neon',
    );
    expect(one.neon.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('is tried again when Neon refuses it', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    const child = one.neon.project().addBranch({ name: 'child', parentId: handle.branchId });
    const thrown: unknown = await one
      .open()
      .deprovision(requestFor({ key: 'k-1', handle }))
      .catch((error: unknown) => error);
    expect(PermanentError.is(thrown)).toBe(false);
    expect((thrown as Error).message).toMatch(/rejected the request to delete the branch.*has children/);
    one.neon.project().removeBranch(child.id);
    await one.gone({ key: 'k-1', handle });
  });

  it("happens in the branch's own project when the configuration has changed since", async () => {
    const one = await world();
    one.neon.addProject({ id: 'new-project' });
    const first = await one.ready({ key: 'k-1' });
    const later = await one.ready({ key: 'k-1', handle: first.handle }, { project: 'new-project' });
    expect(later).toEqual(first);
    await one.gone({ key: 'k-1', handle: first.handle }, { project: 'new-project' });
    expect(one.names()).toEqual([]);
  });
});

describe('Neon', () => {
  it('gets the request again within the call when a read fails', async () => {
    const one = await world();
    one.neon.faults.next({ method: 'GET', fault: 'reset' });
    one.neon.faults.next({ method: 'GET', fault: 'server-error' });
    const answer = await one.open().provision(requestFor({ key: 'k-1' }));
    expect(answer.status).toBe('ready');
  });

  it('is an error to retry when it cannot be reached', async () => {
    const one = await world();
    const failure = await one.fails({}, { apiUrl: 'http://127.0.0.1:1/api/v2' });
    expect(PermanentError.is(failure)).toBe(false);
    expect(failure.message).toBe('neon-branch: Neon cannot be reached (ECONNREFUSED)');
  });

  it('is not mistaken for a server that answers everything with a page', async () => {
    const server = createServer((_, response) => response.end('<html>hello</html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const one = await world();
    const { port } = server.address() as AddressInfo;
    const failure = await one.fails({}, { apiUrl: `http://127.0.0.1:${port}` });
    await new Promise((resolve) => server.close(resolve));
    expect(PermanentError.is(failure)).toBe(false);
    expect(failure.message).toMatch(/apiUrl answered without JSON; check that apiUrl is Neon's API/);
  });

  it('gets no further request after an abort', async () => {
    const one = await world({ faults: { probability: 1, kinds: ['slow'], slowMs: 5_000 } });
    const abort = new AbortController();
    const call = one.open().provision({ ...requestFor({ key: 'k-1' }), signal: abort.signal });
    setTimeout(() => abort.abort(new Error('canceled')), 50);
    const startedAt = performance.now();
    await expect(call).rejects.toThrow('canceled');
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(one.neon.requests).toHaveLength(1);
  });

  it('passes its check when project and parent exist', async () => {
    const one = await world();
    await expect(one.open().check?.(AbortSignal.timeout(5_000))).resolves.toBeUndefined();
  });

  it.each([
    [{ apiKey: 'napi_wrong' }, /rejects the apiKey for project "fake-project"/],
    [{ project: 'other' }, /project "other" was not found, or the apiKey has no access to it/],
    [{ parent: 'nope' }, /has no branch "nope", which is the configured parent/],
    [{ apiUrl: 'http://127.0.0.1:1' }, /cannot be reached/],
  ])('fails its check with %o', async (config, message) => {
    const one = await world();
    await expect(one.open(config).check?.(AbortSignal.timeout(5_000))).rejects.toThrow(message);
  });

  it('lists the keys of all branches that the plugin made, on all pages', async () => {
    const one = await world({ maxPage: 2 });
    for (let n = 0; n < 5; n++) await one.ready({ key: `k-${n}`, gitRef: `r-${n}` });
    one.neon.project().addBranch({ name: 'by-hand' });
    const keys = await one.open().list?.(AbortSignal.timeout(5_000));
    expect([...(keys ?? [])].sort()).toEqual(['k-0', 'k-1', 'k-2', 'k-3', 'k-4']);
  });
});

describe('with faults in a fifth of all requests', () => {
  it.each([1, 2, 3])(
    'each key has one branch at the end, and none after the removal (seed %i)',
    async (seed) => {
      const one = await world({ operationMs: 30, faults: { probability: 0.2, seed, slowMs: 50 } });
      const again = async <T>(work: () => Promise<T>): Promise<T> => {
        for (;;) {
          try {
            return await work();
          } catch (error) {
            if (PermanentError.is(error)) throw error;
            await sleep(20);
          }
        }
      };
      const keys = Array.from({ length: 8 }, (_, n) => `k-${n}`);
      const asked = keys.flatMap((key, n) => [0, 1].map(() => ({ key, gitRef: `ref-${n % 3}` })));
      const answers = await Promise.all(asked.map((which) => again(() => one.ready(which))));
      for (let n = 0; n < answers.length; n += 2)
        expect(answers[n]?.secrets).toEqual(answers[n + 1]?.secrets);
      expect(one.neon.keys().sort()).toEqual(keys);
      await Promise.all(keys.slice(0, 4).map((key) => again(() => one.gone({ key }))));
      expect(one.neon.keys().sort()).toEqual(keys.slice(4));
    },
  );
});
