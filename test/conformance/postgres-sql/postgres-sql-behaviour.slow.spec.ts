import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFolder } from '../../../src/provisioner/builtin/postgres-sql/folder.js';
import plugin from '../../../src/provisioner/builtin/postgres-sql/postgres-sql.js';
import { runFiles } from '../../../src/provisioner/builtin/postgres-sql/run.js';
import { ScriptSession } from '../../../src/provisioner/builtin/postgres-sql/session.js';
import { type Json, PermanentError, type ProvisionRequest } from '../../../src/provisioner/provisioner.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { query } from '../cluster.js';

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createDatabase('sql');
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-sql-'));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

const sql = <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => query<Row>(database.url, text);
const put = (name: string, text: string | Uint8Array): Promise<void> => writeFile(join(folder, name), text);

function requestFor(signal = AbortSignal.timeout(30_000), settings: Record<string, Json> = {}) {
  return {
    key: 'k',
    handle: null,
    resource: { id: 'res_1', settings },
    installationId: 'icfg_1',
    deployment: { id: 'dpl_1', gitRef: 'main' },
    derive: () => new Uint8Array(32),
    signal,
    log: () => undefined,
  } as unknown as ProvisionRequest<null>;
}

const made = (config: object = {}) => {
  const checked = plugin.configSchema['~standard'].validate({ url: database.url, folder, ...config });
  if (checked instanceof Promise || checked.issues) throw new Error(JSON.stringify(checked));
  return plugin.create(checked.value);
};
const run = (config: object = {}) => made(config).provision(requestFor());

async function refused(config: object = {}): Promise<string> {
  const failure = await run(config).catch((error: unknown) => error);
  expect(failure).toSatisfy(PermanentError.is);
  return (failure as Error).message;
}

async function retryable(config: object = {}): Promise<string> {
  const failure = await run(config).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(failure).not.toSatisfy(PermanentError.is);
  return (failure as Error).message;
}

function problems(config: object): string[] {
  const checked = plugin.configSchema['~standard'].validate(config);
  if (checked instanceof Promise) throw new Error('validates asynchronously');
  return (checked.issues ?? []).map(({ path = [], message }) => `${path.map(String).join('.')}: ${message}`);
}

describe('the configuration', () => {
  it('requires a folder with .sql files', async () => {
    const at = (path: string) => problems({ url: database.url, folder: path });
    expect(at(join(folder, 'nowhere'))).toEqual([`folder: folder ${join(folder, 'nowhere')} does not exist`]);
    await put('readme.md', '');
    await mkdir(join(folder, 'sub.sql'));
    expect(at(folder)).toEqual([`folder: folder ${folder} contains no .sql file`]);
    await put('1.sql', '');
    expect(at(folder)).toEqual([]);
  });

  it('is refused with the path of each key, and without the URL', async () => {
    await put('1.sql', '');
    const bad = problems({ url: 'mysql://u:hunter2@db/x', folder, table: 'a.b.c', tabel: 'x' });
    expect(bad).toEqual([
      'url: must be a Postgres URL such as postgresql://user:password@host:port/database',
      'table: must be a table name or schema.table: letters, digits and _, at most 63 each',
      'tabel: unknown key (did you mean "table"?); known are url, folder, table',
    ]);
    expect(problems({ url: '${steps.branch.secrets.URL}', folder })[0]).toMatch(/only in a later step/);
    expect(problems({ url: '${deployment.gitref}', folder })[0]).toMatch(/did you mean "deployment.gitRef"/);
  });

  it("resolves the URL's references for each request", async () => {
    await put('1.sql', 'create table a ()');
    const { host, username, password } = new URL(database.url);
    const url = `postgresql://${username}:${password}@${host}/\${resource.settings.database}`;
    const settings = { database: database.name };
    const one = made({ url });
    expect(await one.provision(requestFor(undefined, settings))).toEqual({ status: 'ready', handle: null });
    expect(await sql('select * from a')).toEqual([]);
    await expect(one.provision(requestFor())).rejects.toThrow(
      'postgres-sql: config.url: there is no resource.settings.database',
    );
    expect(await refused({ url: '${resource.id}' })).toBe(
      'postgres-sql: config.url is not a Postgres URL after its references are filled in; ' +
        'expected postgresql://user:password@host:port/database',
    );
  });
});

describe('a value in the URL', () => {
  it.each([
    ['of another server', 'app?host=127.0.0.1&port=PORT'],
    ['of a file', 'app?sslrootcert=/etc/passwd&host=127.0.0.1&port=PORT'],
    ['of a path', '../app?host=127.0.0.1&port=PORT#'],
  ])('remains one part of the URL, also when it looks like an option %s', async (_, value) => {
    await put('1.sql', 'create table a ()');
    const asked: string[] = [];
    const stranger = createServer((socket) => {
      asked.push('connected');
      socket.destroy();
    });
    stranger.listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    const { host, username, password } = new URL(database.url);
    const url = `postgresql://${username}:${password}@${host}/\${resource.settings.database}`;
    const settings = { database: value.replace('PORT', String(port)) };
    await expect(made({ url }).provision(requestFor(undefined, settings))).rejects.toThrow('does not exist');
    stranger.close();
    expect(asked).toEqual([]);
  });

  it('is the whole URL when the setting is one reference', async () => {
    await put('1.sql', 'create table a ()');
    const one = made({ url: '${resource.settings.url}' });
    expect(await one.provision(requestFor(undefined, { url: database.url }))).toMatchObject({
      status: 'ready',
    });
  });
});

describe('files', () => {
  it('run once, in the order of their names, and are recorded', async () => {
    await put('010_c.sql', 'insert into log (file) values (10)');
    await put('001_a.sql', 'create table log (id serial, file int); insert into log (file) values (1)');
    await put('002_b.sql', '\ufeffinsert into log (file) values (2); -- the last line');
    await put('notes.txt', 'not sql');
    for (const _ of [1, 2]) expect(await run()).toEqual({ status: 'ready', handle: null });
    await put('011_d.sql', 'insert into log (file) values (11)');
    expect(await run()).toEqual({ status: 'ready', handle: null });

    expect(await sql('select file from log order by id')).toEqual([1, 2, 10, 11].map((file) => ({ file })));
    expect(
      await sql(
        'select name, length(sha256) as length, ran_at is not null as at from drawbridge_sql order by ran_at',
      ),
    ).toEqual(
      ['001_a.sql', '002_b.sql', '010_c.sql', '011_d.sql'].map((name) => ({ name, length: 64, at: true })),
    );
  });

  it('run once in two concurrent calls', async () => {
    for (let number = 1; number <= 6; number++)
      await put(
        `${number}.sql`,
        `create table if not exists log (file int); insert into log values (${number}); select ` +
          'pg_sleep(0.05)',
      );
    expect(await Promise.all([run(), run(), run()])).toEqual(
      [1, 2, 3].map(() => ({ status: 'ready', handle: null })),
    );
    expect(await sql('select file from log')).toHaveLength(6);
  });

  it('wait for a call that is running one, with a message', async () => {
    await put('1.sql', 'create table a ()');
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query(
      `select pg_advisory_lock(hashtextextended('drawbridge-sql:"public"."drawbridge_sql"', 0))`,
    );
    expect(await run()).toEqual({
      status: 'pending',
      message: 'postgres-sql: waiting for another call that runs files in the same database',
      retryAfterMs: 500,
    });
    await other.end();
    expect(await run()).toEqual({ status: 'ready', handle: null });
  });

  it('do not pass their settings on to the next file or to the record', async () => {
    await sql('create role sql_reader; grant usage on schema public to sql_reader');
    await put(
      '1.sql',
      `set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = 0;
       select pg_catalog.set_config('search_path', '', false); create temp table scratch ();
       set role sql_reader;`,
    );
    await put('2.sql', 'create table here (); create temp table scratch ()');
    expect(await run()).toEqual({ status: 'ready', handle: null });
    expect(await sql('select * from public.here')).toEqual([]);
    expect(await sql('select name from drawbridge_sql')).toHaveLength(2);
    await sql('drop owned by sql_reader; drop role sql_reader');
  });

  it('are recorded by their names with any encoding that a dump sets', async () => {
    await put('1_größe.sql', "set client_encoding = 'LATIN1'; create table sizes ()");
    expect(await run()).toEqual({ status: 'ready', handle: null });
    expect(await sql('select name from drawbridge_sql')).toEqual([{ name: '1_größe.sql' }]);
  });

  it('can contain everything that scripts contain', async () => {
    await put(
      '1.sql',
      `-- a comment; with 'quotes
       create table "odd;name" (text text default 'it''s; $$ \${deployment.gitRef}');
       create function f() returns int language plpgsql as $body$ begin return 1; end $body$;
       create function g() returns int begin atomic select 1; end;
       do $$ begin perform f(); end $$;
       alter table "odd;name" add column n int;
       insert into "odd;name" (n) select f();
       select * into copied from "odd;name";`,
    );
    expect(await run()).toEqual({ status: 'ready', handle: null });
    expect(await sql('select * from copied')).toEqual([{ text: "it's; $$ ${deployment.gitRef}", n: 1 }]);
  });

  it('with only a SELECT INTO run as well', async () => {
    await put('1.sql', 'select 1 as n into copied');
    expect(await run()).toEqual({ status: 'ready', handle: null });
    expect(await sql('select n from copied')).toEqual([{ n: 1 }]);
  });

  it('are recorded in the configured table', async () => {
    await sql('create schema "Odd"');
    await put('1.sql', 'create table a ()');
    await run({ table: 'Odd.Ran' });
    expect(await sql('select name from "Odd"."Ran"')).toEqual([{ name: '1.sql' }]);
    expect(await refused({ table: 'nowhere.ran' })).toBe(
      'postgres-sql: table "nowhere.ran" cannot record which files ran: schema "nowhere" does not exist',
    );
    await sql('create table foreign_table (id int)');
    expect(await refused({ table: 'foreign_table' })).toMatch(
      /"foreign_table" cannot record which files ran.*column "name" does not exist/,
    );
  });

  it('are gone at once, and nothing is removed', async () => {
    await put('1.sql', 'create table a ()');
    await run();
    expect(await made().deprovision(requestFor())).toEqual({ status: 'gone' });
    expect(await made({ url: 'postgresql://u@127.0.0.1:1/x' }).deprovision(requestFor())).toEqual({
      status: 'gone',
    });
    expect(await sql('select name from drawbridge_sql')).toHaveLength(1);
  });
});

describe('a file', () => {
  it('that was changed after it ran is refused, and no further file runs', async () => {
    await put('1.sql', 'create table a ()');
    await run();
    await put('1.sql', 'create table b ()');
    await put('2.sql', 'create table c ()');
    expect(await refused()).toBe(
      'postgres-sql: 1.sql changed after it ran; restore it, and put the change into a new file',
    );
    expect(await sql(`select to_regclass('c') as c`)).toEqual([{ c: null }]);
  });

  it.each([
    [
      'a mistake in its third line',
      'create table a ();\n-- ä😀\nselect * fro a;',
      'line 3: syntax error at or near "fro"',
    ],
    ['a table that is not there', '\n\nselect * from nowhere', 'line 3: relation "nowhere" does not exist'],
    [
      'a row twice',
      'create table a (id int primary key); insert into a values (1), (1)',
      /^: duplicate key value/,
    ],
    [
      'a constraint that is checked last',
      'create table a (id int primary key deferrable initially deferred); insert into a values (1), (1)',
      /^: duplicate key value/,
    ],
    ['an exception of its own', `do $$ begin raise exception 'not today'; end $$`, /^: not today$/],
    [
      'CREATE INDEX CONCURRENTLY',
      'create table a (id int); create index concurrently on a (id)',
      /^: CREATE INDEX CONCURRENTLY cannot .*; each file runs in a transaction, so run this statement by hand$/,
    ],
    ['CREATE DATABASE', 'create database sql_other', /^: CREATE DATABASE cannot .* by hand$/],
    ['a meta-command of psql', '\\connect x', /line 1: syntax error/],
  ])("with %s is refused with its name and the server's message", async (_, text, words) => {
    await put('0.sql', 'create table before ()');
    await put('1.sql', text);
    await put('2.sql', 'create table after ()');
    const message = await refused();
    expect(message).toMatch(/^postgres-sql: 1\.sql/);
    if (typeof words === 'string') expect(message).toBe(`postgres-sql: 1.sql, ${words}`);
    else expect(message.replace(/^postgres-sql: 1\.sql(, )?/, '')).toMatch(words);
    const there =
      `select to_regclass('before') is not null as before, to_regclass('a') is not null as a, ` +
      `to_regclass('after') is not null as after`;
    expect(await sql(there)).toEqual([{ before: true, a: false, after: false }]);
    expect(await sql('select name from drawbridge_sql')).toEqual([{ name: '0.sql' }]);
  });

  it.each([
    'commit',
    'COMMIT AND CHAIN',
    'end',
    'rollback',
    'begin',
    'start transaction',
    'savepoint x',
    "prepare transaction 'x'",
  ])('with %s is refused and rolled back', async (word) => {
    await put('1.sql', `create table a ();\n${word};\ncreate table b ()`);
    expect(await refused()).toBe(
      'postgres-sql: 1.sql: a file must not contain BEGIN, COMMIT, ROLLBACK, SAVEPOINT or COPY ' +
        'FROM STDIN, because it runs in one transaction with its record',
    );
    expect(await sql(`select to_regclass('a') as a, to_regclass('b') as b`)).toEqual([{ a: null, b: null }]);
  });

  it('that is not text is refused', async () => {
    await put('1.sql', Buffer.from([0x73, 0xff, 0xfe]));
    expect(await refused()).toBe('postgres-sql: 1.sql is not UTF-8 text');
  });

  it('that waits too long for a lock can be tried again', async () => {
    await sql('create table busy (id int)');
    await put('1.sql', `set local lock_timeout = '300ms'; alter table busy add column more int`);
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('begin; lock table busy');
    expect(await retryable()).toMatch(
      /^postgres-sql: 1\.sql: another transaction holds a lock that it needs: /,
    );
    await other.end();
    expect(await run()).toEqual({ status: 'ready', handle: null });
  });

  it('whose session an operator ends can be tried again', async () => {
    await put('1.sql', 'create table a (); select pg_sleep(20)');
    const failure = retryable();
    const end =
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() ' +
      `and pid <> pg_backend_pid() and query like 'do %'`;
    await expect.poll(() => sql(end)).toHaveLength(1);
    expect(await failure).toMatch(/^postgres-sql: 1\.sql: .*terminat/);
    expect(await sql(`select to_regclass('a') as a`)).toEqual([{ a: null }]);
  });

  it('ends at the server and leaves nothing when the call is aborted', async () => {
    await put('1.sql', 'create table a (); select pg_sleep(20)');
    const abort = new AbortController();
    const call = made()
      .provision(requestFor(abort.signal))
      .catch((error: unknown) => error);
    const running = () =>
      sql(
        `select from pg_stat_activity where datname = current_database() and query like 'do %' ` +
          `and state = 'active'`,
      );
    await expect.poll(running).toHaveLength(1);
    const at = performance.now();
    abort.abort(new Error('canceled'));
    expect(await call).toMatchObject({ message: 'canceled' });
    expect(performance.now() - at).toBeLessThan(1_500);
    await expect.poll(running).toEqual([]);
    expect(await sql(`select to_regclass('a') as a`)).toEqual([{ a: null }]);
  });
});

describe('the time limit of a call', () => {
  const caller = () => ({ signal: new AbortController().signal, log: () => undefined });

  it('rolls a slow file back, which can be tried again', async () => {
    await put('1.sql', 'select pg_sleep(20)');
    const files = await readFolder(folder);
    const work = ScriptSession.with(
      new URL(database.url),
      caller(),
      (session) => runFiles(session, files, 'ran'),
      {
        limitMs: 1_500,
      },
    );
    const failure = await work.catch((error: unknown) => error);
    expect(failure).not.toSatisfy(PermanentError.is);
    expect((failure as Error).message).toMatch(
      /^postgres-sql: 1\.sql: it ran longer than a call may, and was rolled back: /,
    );
  });

  it('ends a call with progress between two files', async () => {
    for (const name of ['1.sql', '2.sql', '3.sql']) await put(name, 'select 1');
    const files = await readFolder(folder);
    let asked = 0;
    const now = () => (asked++ > 12 ? 12_000 : 0);
    const progress = await ScriptSession.with(
      new URL(database.url),
      caller(),
      (session) => runFiles(session, files, 'ran'),
      { now },
    );
    expect(progress.of).toBe(3);
    expect(progress.ran).toBeGreaterThan(0);
    expect(progress.ran).toBeLessThan(3);
    expect(await sql('select name from ran')).toHaveLength(progress.ran);
  });

  it('ends the work of a process that was paused before its commit', async () => {
    let now = 0;
    const work = ScriptSession.with(
      new URL(database.url),
      caller(),
      async (session) => {
        await session.begin('x');
        await session.query('create table too_late ()');
        now = 25_001;
        await session.commit();
      },
      { now: () => now },
    );
    await expect(work).rejects.toThrow(/time limit of this call/);
    expect(await sql(`select to_regclass('too_late') as late`)).toEqual([{ late: null }]);
  });

  it('ends the work at the server for a process that stays paused', async () => {
    const work = ScriptSession.with(
      new URL(database.url),
      caller(),
      async (session) => {
        await session.begin('x');
        await session.query('create table too_late ()');
        await sleep(1_500);
        await session.query('select 1');
      },
      { limitMs: 1_000 },
    );
    await expect(work).rejects.toThrow(/idle-in-transaction|connection lost|terminat/i);
    expect(await sql(`select to_regclass('too_late') as late`)).toEqual([{ late: null }]);
  });
});

describe('the server', () => {
  it('that cannot be reached or refuses the password is an error to retry without the password', async () => {
    await put('1.sql', 'select 1');
    expect(await retryable({ url: 'postgresql://u:hunter2@127.0.0.1:1/x' })).toBe(
      'postgres-sql: the server of config.url cannot be reached (ECONNREFUSED)',
    );
    const url = database.url.replace(/:[^:@]*@/, ':hunter2@');
    const message = await retryable({ url });
    expect(message).toMatch(/^postgres-sql: password authentication failed/);
    expect(message).not.toContain('hunter2');
  });

  it('is connected to by the check', async () => {
    await put('1.sql', 'select 1');
    const signal = AbortSignal.timeout(10_000);
    await expect(made().check?.(signal)).resolves.toBeUndefined();
    await expect(made({ url: 'postgresql://u:x@127.0.0.1:1/x' }).check?.(signal)).rejects.toThrow(
      /ECONNREFUSED/,
    );
    await expect(
      made({ url: 'postgresql://u:x@127.0.0.1:1/${resource.id}' }).check?.(signal),
    ).resolves.toBeUndefined();
  });
});
