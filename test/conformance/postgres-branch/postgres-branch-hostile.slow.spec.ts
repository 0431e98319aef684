/**
 * A tenant owns its database, and decides what names, operators and triggers mean in it. A recorder is
 * installed wherever code of ours could run it. The recorder writes the name of its caller into the server's
 * log, which survives rollbacks and the removal of the database.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startCall } from '../../../src/provisioner/builtin/postgres-branch/call.js';
import { type BranchConfig, serverUrl } from '../../../src/provisioner/builtin/postgres-branch/config.js';
import plugin from '../../../src/provisioner/builtin/postgres-branch/postgres-branch.js';
import { withSession } from '../../../src/provisioner/builtin/postgres-branch/server/session.js';
import { PermanentError } from '../../../src/provisioner/provisioner.js';
import { type BranchRequest, gone, logOf, ready, requestFor } from '../branch-requests.js';
import { connectTo, createAdmin, createTemplate, query, startCluster, type TestCluster } from '../cluster.js';

/** Debian's folder. CI has this version; elsewhere its half of this file is skipped. */
const POSTGRES_15 = '/usr/lib/postgresql/15/bin';
const FLAGS = [
  'logging_collector=on',
  'log_directory=log',
  'log_filename=server.log',
  'log_connections=on',
  'max_prepared_transactions=8',
];
const servers = [
  { version: '18', start: () => startCluster(FLAGS) },
  { version: '15', start: () => startCluster(FLAGS, POSTGRES_15) },
].filter(({ version }) => version !== '15' || process.env['CI'] === 'true' || existsSync(POSTGRES_15));

describe.each(servers)('on PostgreSQL $version', ({ version, start }) => {
  let cluster: TestCluster;
  let restricted: string;
  const loginTriggers = version === '18';

  beforeAll(async () => {
    cluster = await start();
    restricted = await createAdmin(cluster);
    await cluster.sql(`create role probe superuser login password 'probe'`);
    await createTemplate(cluster, 'app');
    await cluster.sql(EVENT_TRIGGERS(loginTriggers), undefined, 'app');
    await createTemplate(cluster, 'owned', 'branch_admin');
  });
  afterAll(() => cluster?.stop());

  const admins: [string, () => BranchConfig][] = [
    ['a superuser', () => ({ admin: cluster.url(), template: 'app' })],
    ['a CREATEDB CREATEROLE role', () => ({ admin: restricted, template: 'owned' })],
  ];

  /** Returns the server's log until now. Waits for a mark, because the server writes later, but in order. */
  async function serverLog(): Promise<string> {
    const mark = `MARK ${randomUUID()}`;
    await cluster.sql(`do $$begin raise log '${mark}'; end$$`);
    for (;;) {
      const [row] = await cluster.sql<{ log: string }>(`select pg_read_file('log/server.log') as log`);
      if (row?.log.includes(mark)) return row.log;
      await sleep(20);
    }
  }

  /** The roles that ran a recorder, with the recorder, except the tenants themselves. */
  async function recorded(): Promise<string[]> {
    const lines = [...(await serverLog()).matchAll(/RECORDED (\w+) by (\S+)/g)];
    return lines.filter(([, , who]) => !who?.startsWith('t-')).map(([, place, who]) => `${place} ${who}`);
  }

  /** How often a session with an admin's rights connected to the database. */
  async function entered(database: string): Promise<number> {
    const entry = new RegExp(
      `connection authorized: user=(?:postgres|branch_admin) database=${database}\\b`,
      'g',
    );
    return [...(await serverLog()).matchAll(entry)].length;
  }

  const exists = (key: string): Promise<unknown[]> =>
    cluster.sql(
      'select datname from pg_database where datname = $1 union select rolname from pg_roles ' +
        'where rolname = $1',
      [key],
    );

  async function tenant(url: string): Promise<pg.Client> {
    const client = connectTo(url);
    client.on('error', () => undefined); // the removal of the branch ends this session
    await client.connect();
    onTestFinished(() => client.end().catch(() => undefined));
    return client;
  }

  async function planted(config: BranchConfig, request: BranchRequest): Promise<string> {
    const { DATABASE_URL = '' } = await ready(config, request);
    await query(DATABASE_URL, RECORDERS(request.key));
    return DATABASE_URL;
  }

  describe.each(admins)('the provisioner with %s as admin', (_, config) => {
    it('runs no recorder of a tenant in redeploys, cancels, checks, lists and the removal', async () => {
      const request = requestFor();
      const url = await planted(config(), request);
      // The recorders work: a careless session runs them.
      await query(cluster.url(request.key).replace(/postgres:[^@]*@/, 'probe:probe@'), PROBE);
      const seen = new Set((await recorded()).filter((line) => line.endsWith(' probe')));
      expect(seen).toEqual(
        new Set(['relation probe', 'function probe', 'operator probe', 'row probe', 'type probe']),
      );

      const before = await entered(request.key);
      await ready(config(), request);
      await query(url, `comment on database "${request.key}" is ''`);
      await ready(config(), request);
      const holder = await tenant(url);
      await holder.query('begin; lock table held in access exclusive mode');
      for (const afterMs of [0, 30, 300]) {
        const abort = new AbortController();
        const call = plugin.create(config()).provision({ ...request, signal: abort.signal });
        await Promise.race([call.catch(() => undefined), sleep(afterMs)]);
        abort.abort(new Error('canceled'));
        await call.catch(() => undefined);
      }
      await plugin.create(config()).check?.(AbortSignal.timeout(20_000));
      expect(await plugin.create(config()).list?.(AbortSignal.timeout(20_000))).toContain(request.key);
      await query(url, `alter database "${request.key}" with is_template true`);
      const preparing = await tenant(url);
      await preparing.query(`begin; insert into author (name) values ('kept'); prepare transaction 'mine'`);

      const abort = new AbortController();
      const removal = plugin.create(config()).deprovision({ ...request, signal: abort.signal });
      await Promise.race([removal.catch(() => undefined), sleep(60)]);
      abort.abort(new Error('canceled'));
      await removal.catch(() => undefined);
      expect(await gone(config(), request)).toBe('gone');
      expect(await exists(request.key)).toEqual([]);
      expect({ before, after: await entered(request.key) }).toEqual({ before: 1, after: 1 });
      expect((await recorded()).filter((line) => !line.endsWith(' probe'))).toEqual([]);
      expect(await cluster.sql(`select from pg_roles where rolname like 'drawbridge-%'`)).toEqual([]);
    });

    it('aborts work from the database of the admin URL, wherever the work was', async () => {
      const request = requestFor();
      await planted(config(), request);
      const before = await entered(request.key);
      const abort = new AbortController();
      const call = startCall({ signal: abort.signal, log: () => undefined });
      const work = withSession(
        serverUrl(config()),
        call,
        (inside) => inside.run('select pg_catalog.pg_sleep(20)'),
        { database: request.key },
      );
      const sleeping = () =>
        cluster.sql(`select from pg_stat_activity where query = 'select pg_catalog.pg_sleep(20)'`);
      await expect.poll(async () => (await sleeping()).length).toBe(1);
      abort.abort(new Error('canceled'));
      await expect(work).rejects.toThrow('canceled');
      await expect.poll(sleeping).toEqual([]);
      expect(await entered(request.key)).toBe(before + 1);
      expect((await recorded()).filter((line) => !line.endsWith(' probe'))).toEqual([]);
      await gone(config(), request);
    });

    it('does not connect to a branch of an earlier version either', async () => {
      const request = requestFor();
      const url = await planted(config(), request);
      await cluster.sql(`comment on database "${request.key}" is 'drawbridge:ready'`);
      await cluster.sql(`alter role "${request.key}" login connection limit 30`);
      await ready(config(), request);
      await query(url, 'select 1');
      await cluster.sql(`alter role "${request.key}" nologin`); // an interrupted removal
      await ready(config(), request);
      expect(await gone(config(), request)).toBe('gone');
      expect((await recorded()).filter((line) => !line.endsWith(' probe'))).toEqual([]);
    });

    it('removes a branch in spite of rights elsewhere, odd names and other tenants', async () => {
      const [request, other] = [requestFor(), requestFor()];
      await ready(config(), request);
      const url = await planted(config(), other);
      const odd = `We+ird: &@/=?#,;% "Ü"'x-${Date.now()}`;
      const owner = new URL(config().admin).username;
      await cluster.sql(`create database ${pg.escapeIdentifier(odd)} owner ${owner}`);
      await cluster.sql(`grant create on schema public to "${request.key}"`, undefined, odd);
      await query(
        url,
        `grant select on author to "${request.key}"; grant usage on schema shop to "${request.key}"`,
      );
      await query(url, `alter default privileges grant select on tables to "${request.key}"`);
      const before = await entered(other.key);

      expect(await gone(config(), request)).toBe('gone');

      expect(await exists(request.key)).toEqual([]);
      expect(await entered(other.key)).toBe(before);
      expect(await query(url, 'select count(*)::int as authors from author')).toEqual([{ authors: 2 }]);
      expect((await recorded()).filter((line) => !line.endsWith(' probe'))).toEqual([]);
      await gone(config(), other);
      await cluster.sql(`drop database ${pg.escapeIdentifier(odd)}`);
    });

    it('waits for a prepared transaction of another role, and reports the command to run', async () => {
      const request = requestFor();
      await ready(config(), request);
      await cluster.sql(`begin`, undefined, request.key);
      const operator = await tenant(cluster.url(request.key));
      await operator.query(`begin; create table left_open (); prepare transaction 'by-hand'`);
      await operator.end();
      const message = await gone(config(), request, 2);
      expect(message).toContain(
        'prepared transaction "by-hand" of role "postgres"; as that role, or a superuser, run ' +
          `ROLLBACK PREPARED 'by-hand' in database "${request.key}"`,
      );
      await cluster.sql(`rollback prepared 'by-hand'`, undefined, request.key);
      expect(await gone(config(), request)).toBe('gone');
    });

    it.each([
      ['an open transaction that holds its role', () => `begin; alter role current_user password 'mine'`],
      [
        'a prepared transaction that holds its role',
        (key: string) => `begin; alter role current_user password 'mine'; prepare transaction 'role-${key}'`,
      ],
      [
        'a prepared transaction that holds its database',
        (key: string) =>
          `begin; alter database "${key}" connection limit 5; prepare transaction 'row-${key}'`,
      ],
      [
        'a library that is not there',
        (key: string) => `${PREPARE(key)}; alter database "${key}" set local_preload_libraries = 'nothing'`,
      ],
      [
        'a limit of no connection',
        (key: string) => `${PREPARE(key)}; alter database "${key}" connection limit 0`,
      ],
      [
        'a time in which no session can do anything',
        (key: string) => `${PREPARE(key)}; alter database "${key}" set idle_session_timeout = 1`,
      ],
    ])('removes a branch at once in spite of %s', async (_, statements) => {
      const request = requestFor();
      const { DATABASE_URL = '' } = await ready(config(), request);
      const owner = await tenant(DATABASE_URL);
      for (const statement of statements(request.key).split('; ')) await owner.query(statement);
      expect(await gone(config(), request, 1)).toBe('gone');
      expect(await exists(request.key)).toEqual([]);
      expect(await cluster.sql(`select from pg_roles where rolname like 'drawbridge-%'`)).toEqual([]);
    });

    it.each([
      ['an open transaction', (key: string) => `begin; grant select on author to "${key}"`],
      [
        'a prepared transaction',
        (key: string) => `begin; grant select on author to "${key}"; prepare transaction 'for-${key}'`,
      ],
      [
        'a limit of no connection',
        (key: string, other: string) =>
          `grant select on author to "${key}"; alter database "${other}" connection limit 0`,
      ],
      [
        'a role that its sessions begin with',
        (key: string, other: string) =>
          `grant select on author to "${key}"; alter database "${other}" set role = "${other}"`,
      ],
    ])(
      'removes a branch at once although another tenant grants it rights, with %s',
      async (_, statements) => {
        const [request, other] = [requestFor(), requestFor()];
        await ready(config(), request);
        const { DATABASE_URL = '' } = await ready(config(), other);
        const friend = await tenant(DATABASE_URL);
        for (const statement of statements(request.key, other.key).split('; ')) await friend.query(statement);
        expect(await gone(config(), request, 1)).toBe('gone');
        expect(await exists(request.key)).toEqual([]);
        expect(await gone(config(), other)).toBe('gone');
      },
    );

    it('removes a branch although a tenant grants its visitor something, and the visitor goes with that tenant', async () => {
      const [request, other] = [requestFor(), requestFor()];
      const { DATABASE_URL = '' } = await ready(config(), request);
      const friend = await tenant((await ready(config(), other))['DATABASE_URL'] ?? '');
      const owner = await tenant(DATABASE_URL);
      for (const statement of PREPARE(request.key).split('; ')) await owner.query(statement);
      const caught = friend.query(CATCH_VISITOR);
      await sleep(200);
      expect(await gone(config(), request)).toBe('gone');
      await caught;
      const visitors = () =>
        cluster.sql(`select rolcanlogin as login from pg_roles where rolname like 'drawbridge-visit-%'`);
      expect(await visitors()).toEqual([{ login: false }]);
      expect(await gone(config(), other)).toBe('gone');
      expect(await visitors()).toEqual([]);
    });

    it('ignores locks of other roles', async () => {
      const request = requestFor();
      const intruder = `intruder_${request.key.slice(2)}`;
      await cluster.sql(
        `create role ${intruder} login password 'i'; grant connect on database postgres to ${intruder}`,
      );
      const holder = await tenant(cluster.url().replace(/postgres:[^@]*@/, `${intruder}:i@`));
      await holder.query(
        `select pg_advisory_lock(hashtextextended('drawbridge:' || $1::text, 0)),
                pg_advisory_lock_shared(hashtextextended('drawbridge-template:' || $2::text, 0))`,
        [request.key, config().template],
      );
      await holder.query(
        `select pg_advisory_lock(${0x44 * 2 ** 24} + n, hashtext($1)) from generate_series(0, 500) n`,
        [request.key],
      );
      expect(await plugin.create(config()).provision(request)).toMatchObject({ status: 'ready' });
      expect(await plugin.create(config()).deprovision(request)).toEqual({ status: 'gone' });
      await holder.end();
    });
  });

  it('an admin without the right to end a session reports which session blocks the branch', async () => {
    const config = { admin: restricted, template: 'owned' };
    const request = requestFor();
    await ready(config, request);
    const watcher = await tenant(cluster.url(request.key));
    await watcher.query(`set application_name = 'the monitoring'`);
    const message = await gone(config, request, 2);
    expect(message).toMatch(
      /in database "t-\w+", which the admin role may not end: the monitoring, role "postgres", pid \d+$/,
    );
    await watcher.end();
    expect(await gone(config, request)).toBe('gone');
  });

  it("a superuser's copy is completed, with its event triggers disabled", async () => {
    await createTemplate(cluster, 'meddled');
    await cluster.sql(MEDDLING, undefined, 'meddled');
    const request = requestFor();
    const { DATABASE_URL = '' } = await ready({ admin: cluster.url(), template: 'meddled' }, request);
    await query(DATABASE_URL, 'alter table author add column born int');
    const triggers = await query(DATABASE_URL, 'select distinct evtenabled as state from pg_event_trigger');
    expect(triggers).toEqual([{ state: 'D' }]);
    expect(logOf(request)).toContain('disabled the event triggers of the template');
  });

  it.each([
    ['on DDL', 'ddl_command_end', /ALTER EVENT TRIGGER "watch" DISABLE/],
    ...(loginTriggers ? [['on login', 'login', /has an event trigger on login/] as const] : []),
  ] as const)(
    'an admin that is not a superuser cannot copy a template with an event trigger %s',
    async (_, event, words) => {
      const template = `watched_${event}`;
      await createTemplate(cluster, template, 'branch_admin');
      await cluster.sql(
        `create function watch() returns event_trigger language plpgsql as
         $$begin raise log 'RECORDED template by %', session_user; end$$;
       create event trigger watch on ${event} execute function watch()`,
        undefined,
        template,
      );
      const one = plugin.create({ admin: restricted, template });
      const request = requestFor();
      const failure = await one.provision(request).catch((error: unknown) => error);
      expect(PermanentError.is(failure)).toBe(true);
      expect((failure as Error).message).toMatch(
        /template ".*" cannot be copied; the operators of Drawbridge find the reason/,
      );
      expect(logOf(request)).toMatch(words);
      expect(await cluster.sql('select from pg_database where datname = $1', [request.key])).toEqual([]);
      await expect(one.check?.(AbortSignal.timeout(20_000))).rejects.toThrow(words);
      expect((await recorded()).filter((line) => line.startsWith('template'))).toEqual([]);
      await gone({ admin: restricted, template }, request);
    },
  );

  describe('while every role may connect to the database of the admin URL', () => {
    beforeAll(() => cluster.sql('grant connect on database postgres to public'));
    afterAll(() => cluster.sql('revoke connect on database postgres from public'));

    it('an admin that does not own it makes no branch, and check reports the command to run', async () => {
      const one = plugin.create({ admin: restricted, template: 'owned' });
      const request = requestFor();
      const failure = await one.provision(request).catch((error: unknown) => error);
      expect(PermanentError.is(failure)).toBe(true);
      const words = 'REVOKE CONNECT ON DATABASE "postgres" FROM PUBLIC';
      expect(logOf(request)).toContain(words);
      expect(await exists(request.key)).toEqual([]);
      await expect(one.check?.(AbortSignal.timeout(20_000))).rejects.toThrow(words);
    });

    it('a superuser closes it and logs this', async () => {
      const request = requestFor();
      await ready({ admin: cluster.url(), template: 'app' }, request);
      expect(logOf(request)).toContain(`revoked CONNECT on the admin url's database from PUBLIC`);
      const [door] = await cluster.sql<{ open: boolean }>(
        `select has_database_privilege($1, 'postgres', 'CONNECT') as open`,
        [request.key],
      );
      expect(door?.open).toBe(false);
    });
  });

  it('check warns about a superuser and open databases, and not if all are closed', async () => {
    await cluster.sql('create database wide_open');
    const warned = await plugin
      .create({ admin: cluster.url(), template: 'app' })
      .check?.(AbortSignal.timeout(20_000));
    expect(warned).toMatchObject({
      warnings: [
        expect.stringMatching(/"postgres" of the admin url is a superuser/),
        expect.stringMatching(/REVOKE CONNECT ON DATABASE "wide_open" FROM PUBLIC/),
      ],
    });
    await cluster.sql('drop database wide_open');
    for (const name of await openNames())
      await cluster.sql(`revoke connect on database "${name}" from public`);
    expect(
      await plugin.create({ admin: restricted, template: 'owned' }).check?.(AbortSignal.timeout(20_000)),
    ).toEqual({ warnings: [] });
  });

  it('check names the owners of objects that the admin cannot transfer', async () => {
    await createTemplate(cluster, 'mixed', 'branch_admin');
    await cluster.sql('create role app_group; alter table author owner to app_group', undefined, 'mixed');
    const one = plugin.create({ admin: restricted, template: 'mixed' });
    await expect(one.check?.(AbortSignal.timeout(20_000))).rejects.toThrow(
      /cannot change the owner of what role "app_group" owns in template "mixed" \(table public.author\); run GRANT "app_group" TO "branch_admin"/,
    );
  });

  async function openNames(): Promise<string[]> {
    const rows = await cluster.sql<{ name: string }>(
      'select datname as name from pg_database where datallowconn and ' +
        `has_database_privilege('public', oid, 'CONNECT')`,
    );
    return rows.map(({ name }) => name);
  }
});

/** Objects that a superuser put into a template. The tenant will own the function, but not the triggers. */
const EVENT_TRIGGERS = (login: boolean): string => `
  create function audit() returns event_trigger language plpgsql as
    $$begin raise log 'RECORDED event by %', session_user; end$$;
  ${login ? 'create event trigger on_login on login execute function audit(); alter event trigger on_login enable always;' : ''}
  create event trigger on_start on ddl_command_start execute function audit();
  create event trigger on_drop on sql_drop execute function audit();
  create event trigger on_end on ddl_command_end execute function audit();
  alter event trigger on_end enable always`;

/** Statements of a tenant that force a visitor to connect to the tenant's database before its removal. */
const PREPARE = (key: string): string =>
  `begin; insert into author (name) values ('kept'); prepare transaction 'kept-${key}'`;

/** Waits for a visitor, and grants it privileges on an unexpected object. */
const CATCH_VISITOR = `
  do $$declare visitor text; begin
    for turn in 1..10000 loop
      for visitor in select rolname from pg_roles where rolname like 'drawbridge-visit-%' loop
        begin
          execute format('grant select on author to %I', visitor);
          return;
        exception when undefined_object then null; -- it has gone already
        end;
      end loop;
      perform pg_sleep(0.001);
    end loop;
  end$$`;

/** Resets owners, and requires a name that a fixed search path does not find. */
const MEDDLING = `
  create role meddler;
  create table ddl_log (what text);
  create function meddle() returns event_trigger language plpgsql as $$
    begin
      insert into ddl_log values (tg_tag);
      alter table public.author owner to meddler;
    end$$;
  create event trigger meddle on ddl_command_end when tag in ('ALTER TABLE') execute function meddle()`;

const RECORDERS = (key: string): string => `
  create function record(place text) returns boolean language plpgsql as
    $$begin raise log 'RECORDED % by %', place, session_user; return true; end$$;
  create function equal(a text, b text) returns boolean language plpgsql as
    $$begin perform public.record('operator'); return a operator(pg_catalog.=) b; end$$;
  create function equal(a name, b text) returns boolean language plpgsql as
    $$begin perform public.record('operator'); return a::text operator(pg_catalog.=) b; end$$;
  create operator = (leftarg = text, rightarg = text, function = equal);
  create operator = (leftarg = name, rightarg = text, function = equal);
  ${[
    'pg_terminate_backend(int)',
    'current_setting(text)',
    'hashtext(text)',
    'pg_has_role(oid, text)',
    'to_regclass(text)',
  ]
    .map(
      (signature) =>
        `create function public.${signature} returns boolean language sql as $$select ` +
        `public.record('function')$$;`,
    )
    .join('\n')}
  ${[
    'pg_stat_activity',
    'pg_database',
    'pg_roles',
    'pg_class',
    'pg_namespace',
    'pg_event_trigger',
    'pg_proc',
    'pg_locks',
  ]
    .map(
      (name) =>
        `create view public.${name} as select * from pg_catalog.${name} where ` +
        `public.record('relation'); grant select on public.${name} to public;`,
    )
    .join('\n')}
  create domain public.name as text check (public.record('type'));
  create function on_row() returns trigger language plpgsql as
    $$begin perform public.record('row'); return new; end$$;
  create trigger on_row before insert or update or delete on author execute function on_row();
  create table held ();
  alter table held owner to pg_database_owner;
  do $$begin if exists (select from pg_catalog.pg_proc where proname operator(pg_catalog.=) 'audit') then
    execute 'create or replace function audit() returns event_trigger language plpgsql as
      $f$begin perform public.record(''event''); end$f$'; end if; end$$;
  grant usage on schema public to public;
  alter database "${key}" set search_path = public, pg_catalog`;

/** Calls each recorder by an unqualified name. */
const PROBE = `
  select count(*) from pg_stat_activity;
  select pg_terminate_backend(0);
  select 'a'::text = 'b'::text;
  select 'a'::name;
  insert into author (name) values ('probe');
  create table probe ()`;
