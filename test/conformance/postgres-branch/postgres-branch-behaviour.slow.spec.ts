import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCall } from '../../../src/provisioner/builtin/postgres-branch/call.js';
import type { BranchConfig } from '../../../src/provisioner/builtin/postgres-branch/config.js';
import plugin from '../../../src/provisioner/builtin/postgres-branch/postgres-branch.js';
import { lockKey } from '../../../src/provisioner/builtin/postgres-branch/server/lock.js';
import {
  AdminSession,
  withSession,
} from '../../../src/provisioner/builtin/postgres-branch/server/session.js';
import { PermanentError } from '../../../src/provisioner/provisioner.js';
import { type BranchRequest, logOf, ready as readyWith, requestFor } from '../branch-requests.js';
import { createAdmin, createTemplate, query, startCluster, type TestCluster } from '../cluster.js';

let cluster: TestCluster;
let admin = '';
const restricted = (): string => admin;

beforeAll(async () => {
  cluster = await startCluster();
  admin = await createAdmin(cluster);
  await createTemplate(cluster, 'app');
  await createTemplate(cluster, 'owned', 'branch_admin');
});
afterAll(() => cluster.stop());

const withTemplate = (template: string, rest: Partial<BranchConfig> = {}) =>
  plugin.create({ admin: cluster.url(), template, ...rest });

const ready = (request: BranchRequest, config: Partial<BranchConfig> = {}) =>
  readyWith({ admin: cluster.url(), template: 'app', ...config }, request);

const urlOf = (secrets: Record<string, string>): string => secrets['DATABASE_URL'] ?? '';
const elsewhere = (url: string, database: string): string => url.replace(/[^/]+$/, database);

async function exists(key: string): Promise<boolean[]> {
  const [row] = await cluster.sql<{ database: boolean; role: boolean }>(
    'select exists(select from pg_database where datname = $1) as database, exists(select from ' +
      'pg_roles where rolname = $1) as role',
    [key],
  );
  return [row?.database === true, row?.role === true];
}

describe.each([
  ['a superuser', () => ({ admin: cluster.url(), template: 'app' })],
  ['a role with CREATEDB and CREATEROLE', () => ({ admin: restricted(), template: 'owned' })],
])('a branch made by %s', (_, config) => {
  it('has the rows of its template and can be changed by migrations', async () => {
    const url = urlOf(await ready(requestFor(), config()));
    expect(await query(url, 'select name from author order by id')).toEqual([
      { name: 'ada' },
      { name: 'grace' },
    ]);
    const migration = [
      'alter table author add column born int',
      'alter table shop."Odd ""name""" add column note text',
      'create table reader (id serial primary key)',
      'alter table book rename column title to headline',
      `insert into author (name) values ('alan')`,
      'insert into book (author_id) values (1)',
      `alter type shop.state add value 'paused'`,
      'alter domain shop.positive set not null',
      'refresh materialized view shop.counts',
      'create or replace view shop.authors as select id, name from author',
      'alter function shop.hello(text) rename to greet',
      'alter procedure shop.nothing() rename to something',
      'drop aggregate shop.total (int)',
      'drop statistics shop.both',
      'alter sequence shop.ticket restart',
      "create table shop.event_2027 partition of shop.event for values from ('2027-01-01') to ('2028-01-01')",
      'create schema more',
      'drop schema shop cascade',
      'create extension if not exists plpgsql',
    ];
    for (const statement of migration) await query(url, statement);
    expect(
      await query(cluster.url(config().template), 'select count(*)::int as authors from author'),
    ).toEqual([{ authors: 2 }]);
  });

  it('cannot be reached by other branches, and its role reaches neither them nor the template', async () => {
    const [one, other] = [requestFor(), requestFor()];
    const url = urlOf(await ready(one, config()));
    await ready(other, config());
    for (const database of [other.key, config().template]) {
      await expect(query(elsewhere(url, database), 'select 1')).rejects.toThrow(
        /permission denied for database/,
      );
    }
  });

  it('gives its role no rights beyond the branch', async () => {
    const url = urlOf(await ready(requestFor(), config()));
    await expect(query(url, 'create database more')).rejects.toThrow(/permission denied/);
    await expect(query(url, 'create role more')).rejects.toThrow(/permission denied/);
    await expect(query(url, 'set role postgres')).rejects.toThrow(/permission denied/);
    await expect(query(url, 'set role branch_admin')).rejects.toThrow(/permission denied/);
  });

  it('is removed while connections are open, and when its role has rights elsewhere', async () => {
    const request = requestFor();
    const url = urlOf(await ready(request, config()));
    const open = new pg.Client({ connectionString: url });
    const lost = new Promise((resolve) => open.on('error', resolve));
    await open.connect();
    const asAdmin = new pg.Client({ connectionString: elsewhere(config().admin, request.key) });
    const lostAsAdmin = new Promise((resolve) => asAdmin.on('error', resolve));
    await asAdmin.connect();
    const template = config().template;
    await cluster.sql(`grant select on author to "${request.key}"`, undefined, template);

    expect(await withTemplate('app', config()).deprovision(request)).toEqual({ status: 'gone' });

    expect(await exists(request.key)).toEqual([false, false]);
    await Promise.all([lost, lostAsAdmin]);
  });
});

describe('two deployments that share a branch', () => {
  it('get the same URL, and the first one still works', async () => {
    const request = requestFor();
    const first = await ready(request);
    await query(urlOf(first), `insert into author (name) values ('kept')`);
    const second = await ready({ ...request, handle: null });
    expect(second).toEqual(first);
    expect(await query(urlOf(first), `select name from author where name = 'kept'`)).toHaveLength(1);
  });

  it('get the same URL after a password change from within', async () => {
    const request = requestFor();
    const first = await ready(request);
    await query(urlOf(first), `alter role current_user password 'mine'`);
    await ready(request);
    expect(await query(urlOf(first), 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('a template', () => {
  it('that is in use makes the branch wait, with the same message each time', async () => {
    await createTemplate(cluster, 'busy');
    const client = new pg.Client({ connectionString: cluster.url('busy') });
    await client.connect();
    const request = requestFor();
    const one = withTemplate('busy');
    const answers = [await one.provision(request), await one.provision(request)];
    await client.end();
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 'pending',
        message: 'waiting for template "busy": other connections are using it',
      });
    }
    await ready(request, { template: 'busy' });
  });

  it.each([
    ['does not exist', () => ({ template: 'nowhere' }), /template "nowhere" does not exist/],
    ["is the admin url's database", () => ({ template: 'postgres' }), /is the database of the admin url/],
    [
      "is not the admin's",
      () => ({ template: 'app', admin: restricted() }),
      /ALTER DATABASE "app" OWNER TO "branch_admin"/,
    ],
  ])('that %s is refused for good, and only operators see why', async (_, config, detail) => {
    const request = requestFor();
    const failure = await withTemplate('app', config())
      .provision(request)
      .catch((error: unknown) => error);
    expect(PermanentError.is(failure)).toBe(true);
    expect((failure as Error).message).toBe(
      `postgres-branch: template "${config().template}" cannot be copied; the operators of ` +
        'Drawbridge find the reason in the log',
    );
    expect(logOf(request)).toMatch(detail);
    expect(await exists(request.key)).toEqual([false, false]);
  });

  it('that is another branch is refused for good', async () => {
    const other = requestFor();
    await ready(other);
    const provision = withTemplate('app', { template: other.key }).provision(requestFor());
    await expect(provision).rejects.toThrow(/cannot be copied/);
  });

  it('that only settings.template names is not copied, and log and status give the reason', async () => {
    const request = requestFor({ settings: { template: 'owned' } });
    const answer = await withTemplate('app').provision(request);
    expect(answer).toMatchObject({ status: 'ready', message: expect.stringMatching(/has no effect/) });
    expect(logOf(request)).toMatch(/settings\.template has no effect/);
  });

  it('whose name needs quoting can be copied', async () => {
    await createTemplate(cluster, `o'dd %s \\ name`);
    await ready(requestFor(), { template: `o'dd %s \\ name` });
  });
});

describe('keys', () => {
  it.each(['0', 'x-', '-', '--', 'select', 'a'.repeat(63)])('%s can name a branch', async (key) => {
    const request = requestFor({ key });
    const url = urlOf(await ready(request));
    expect(await query(url, 'select current_database() as name')).toEqual([{ name: key }]);
    await withTemplate('app').deprovision(request);
    expect(await exists(key)).toEqual([false, false]);
  });

  it('of other objects on the server are refused, and the objects stay', async () => {
    const one = withTemplate('app');
    for (const key of ['postgres', 'template1']) {
      await expect(one.provision(requestFor({ key }))).rejects.toThrow(
        /is not a branch; Drawbridge does not use it/,
      );
      expect(await one.deprovision(requestFor({ key }))).toEqual({ status: 'gone' });
    }
    expect(await exists('postgres')).toEqual([true, true]);
    expect(await exists('template1')).toEqual([true, false]);
  });
});

describe('the rest of an interrupted call', () => {
  it('is completed by the next call: a database whose owner is not set', async () => {
    const request = requestFor();
    const url = urlOf(await ready(request));
    await cluster.sql(`alter role "${request.key}" nologin connection limit 0`);
    await cluster.sql('alter table author owner to postgres', undefined, request.key);
    await cluster.sql(`grant connect on database "${request.key}" to public`);
    await cluster.sql(`comment on database "${request.key}" is null`);
    await cluster.sql(`alter database "${request.key}" with allow_connections false`);
    await ready(request);
    await query(url, 'alter table author add column born int');
    const open = await cluster.sql<{ open: boolean }>(
      `select has_database_privilege('branch_admin', $1, 'CONNECT') as open`,
      [request.key],
    );
    expect(open).toEqual([{ open: false }]);
  });

  it('is completed by the next call: a role without a database', async () => {
    const request = requestFor();
    await ready(request);
    await cluster.sql(`drop database "${request.key}"`);
    await ready(request);
    expect(await exists(request.key)).toEqual([true, true]);
  });

  it('is removed by a cancel at any moment', async () => {
    for (const afterMs of [5, 20, 40, 80, 120, 200]) {
      const abort = new AbortController();
      const request = requestFor({ signal: abort.signal });
      const call = withTemplate('app')
        .provision(request)
        .catch((error: unknown) => error);
      await sleep(afterMs);
      const abortedAt = performance.now();
      abort.abort(new Error('canceled'));
      await call;
      expect(performance.now() - abortedAt).toBeLessThan(2_000);
      const fresh = requestFor({ key: request.key });
      while ((await withTemplate('app').deprovision(fresh)).status !== 'gone') await sleep(200);
      expect(await exists(request.key)).toEqual([false, false]);
    }
  });
});

describe('concurrent calls', () => {
  it('wait for each other, with a message', async () => {
    const request = requestFor();
    const one = withTemplate('app');
    const held = startCall({ signal: new AbortController().signal, log: () => undefined });
    const answers = await withSession(new URL(cluster.url()), held, async (other) => {
      await lockKey(other, request.key);
      return Promise.all([one.provision(request), one.deprovision(request)]);
    });
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 'pending',
        message: 'waiting for another call on the same database',
      });
    }
  });

  it('that were aborted do not continue at the server', async () => {
    await createTemplate(cluster, 'held');
    const holder = new pg.Client({ connectionString: cluster.url('held') });
    await holder.connect();
    const abort = new AbortController();
    const request = requestFor({ signal: abort.signal });
    const call = withTemplate('held').provision(request);
    const copying = () =>
      cluster.sql(`select from pg_stat_activity where query like 'create database%held%'`);
    while ((await copying()).length === 0) await sleep(20);
    abort.abort(new Error('canceled'));
    await expect(call).rejects.toThrow('canceled');
    await holder.end();
    const fresh = requestFor({ key: request.key });
    while ((await withTemplate('held').deprovision(fresh)).status !== 'gone') await sleep(200);
    expect(await copying()).toEqual([]);
    expect(await exists(request.key)).toEqual([false, false]);
  });
});

describe('a session', () => {
  const call = (limitMs: number, now?: () => number) =>
    startCall(
      { signal: new AbortController().signal, log: () => undefined },
      now ? { limitMs, now } : { limitMs },
    );

  it('is closed by the server when its client was paused for longer than the call may take', async () => {
    const paused = { signal: new AbortController().signal, remaining: () => 1_000, log: () => undefined };
    const session = new AdminSession(new URL(cluster.url()), paused);
    await session.open();
    const [me] = await session.run<{ pid: number }>('select pg_backend_pid() as pid');
    const alive = () => cluster.sql('select from pg_stat_activity where pid = $1', [me?.pid]);
    await expect.poll(alive).toEqual([]);
    await session.close();
  });

  it("runs no statement after the call's time limit", async () => {
    let now = 0;
    await withSession(
      new URL(cluster.url()),
      call(10_000, () => now),
      async (session) => {
        now = 10_001;
        await expect(session.run('create role too_late')).rejects.toThrow(/time limit of this call/);
      },
    );
    expect(await exists('too_late')).toEqual([false, false]);
  });

  it('leaves no working backend when its call is aborted', async () => {
    const abort = new AbortController();
    const started = startCall({ signal: abort.signal, log: () => undefined });
    const work = withSession(new URL(cluster.url()), started, (session) =>
      session.run('select pg_sleep(25)'),
    );
    const sleeping = () => cluster.sql(`select from pg_stat_activity where query = 'select pg_sleep(25)'`);
    while ((await sleeping()).length === 0) await sleep(20);
    abort.abort(new Error('canceled'));
    await expect(work).rejects.toThrow('canceled');
    await expect.poll(sleeping).toEqual([]);
  });
});

describe('the server', () => {
  it('that refuses the password is an error to retry without the password', async () => {
    const one = withTemplate('app', {
      admin: cluster.url().replace(/postgres:[^@]*@/, 'postgres:wrong-secret@'),
    });
    const failure = (await one.provision(requestFor()).catch((error: unknown) => error)) as Error;
    expect(PermanentError.is(failure)).toBe(false);
    expect(failure.message).toMatch(/rejects the admin role "postgres"/);
    expect(failure.message).not.toContain('wrong-secret');
  });

  it('that does not run is an error to retry', async () => {
    const one = withTemplate('app', { admin: 'postgresql://postgres:x@127.0.0.1:1/postgres' });
    await expect(one.provision(requestFor())).rejects.toThrow(/cannot be reached \(ECONNREFUSED\)/);
    await expect(one.deprovision(requestFor())).rejects.toThrow(/cannot be reached/);
  });

  it('passes its check when the admin has all required privileges', async () => {
    for (const one of [withTemplate('app'), withTemplate('owned', { admin: restricted() })]) {
      await expect(one.check?.(AbortSignal.timeout(10_000))).resolves.toBeTruthy();
    }
  });

  it('fails its check with all missing privileges', async () => {
    await cluster.sql(
      `create role powerless login password 'p'; grant connect on database postgres to powerless`,
    );
    const admin = cluster.url().replace(/postgres:[^@]*@/, 'powerless:p@');
    const check = withTemplate('app', { admin }).check?.(AbortSignal.timeout(10_000));
    await expect(check).rejects.toThrow(
      /may not create databases.*may not create roles.*may not copy template "app"/,
    );
  });

  it('reports to operators which privilege is missing', async () => {
    await cluster.sql(
      `create role no_roles login createdb password 'p'; grant connect on database postgres to no_roles`,
    );
    await cluster.sql('create database theirs owner no_roles');
    const admin = cluster.url().replace(/postgres:[^@]*@/, 'no_roles:p@');
    const request = requestFor();
    const failure = (await withTemplate('theirs', { admin })
      .provision(request)
      .catch((error: unknown) => error)) as Error;
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).not.toContain('no_roles');
    expect(logOf(request)).toMatch(/role "no_roles" lacks a privilege/);
  });
});

describe('the list', () => {
  const list = (config: Partial<BranchConfig> = {}) =>
    withTemplate('app', config).list?.(AbortSignal.timeout(10_000));

  it('contains our branches, complete or not, and nothing else', async () => {
    await ready(requestFor({ key: 'listed-whole' }));
    await ready(requestFor({ key: 'listed-no-role' }));
    await cluster.sql('alter database "listed-no-role" owner to postgres');
    await query(cluster.url('listed-no-role'), 'drop owned by "listed-no-role" cascade');
    await cluster.sql('drop owned by "listed-no-role"');
    await cluster.sql('drop role "listed-no-role"');
    await cluster.sql('create role "listed-no-database"');
    await cluster.sql(`comment on role "listed-no-database" is 'drawbridge:branch'`);
    await cluster.sql('create role "listed-foreign"');
    await cluster.sql('create database "listed-foreign" owner "listed-foreign"');
    const ours = (await list())?.filter((key) => key.startsWith('listed-'));
    expect(ours).toEqual(['listed-no-database', 'listed-no-role', 'listed-whole']);
    for (const key of ['listed-whole', 'listed-no-role', 'listed-no-database']) {
      await withTemplate('app').deprovision(requestFor({ key }));
    }
    expect((await list())?.filter((key) => key.startsWith('listed-'))).toEqual([]);
  });

  it('is the same for an admin that is not a superuser', async () => {
    expect(await list({ admin: restricted() })).toEqual(await list());
  });

  it('fails instead of being empty when the server does not run', async () => {
    const admin = 'postgresql://postgres:x@127.0.0.1:1/postgres';
    await expect(list({ admin })).rejects.toThrow(/cannot be reached/);
  });
});

describe('the secrets', () => {
  it('contain the public address', async () => {
    const secrets = await ready(requestFor({ key: 'stated-address' }), { public: 'db.example.com:6432' });
    expect(secrets).toMatchObject({
      PGHOST: 'db.example.com',
      PGPORT: '6432',
      PGUSER: 'stated-address',
      PGDATABASE: 'stated-address',
    });
    expect(secrets['DATABASE_URL']).toBe(
      `postgresql://stated-address:${secrets['PGPASSWORD']}@db.example.com:6432/stated-address`,
    );
  });

  it('have the TLS settings of the admin URL', async () => {
    const secrets = await ready(requestFor(), { admin: `${cluster.url()}?sslmode=disable` });
    expect(secrets['DATABASE_URL']).toMatch(/\?sslmode=disable$/);
    expect(secrets['PGSSLMODE']).toBe('disable');
  });
});
