import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import {
  type Binaries,
  chooseAccount,
  locateBinaries,
} from '../../src/database/embedded/embedded-binaries.js';
import {
  freePort,
  spawnServer,
  stopServer,
  untilReady,
} from '../../src/database/embedded/embedded-cluster.js';
import { endWithUs } from '../support/postgres.js';

const FLAGS = ['fsync=off', 'shared_buffers=32MB'];

/**
 * A PostgreSQL server for one spec file, because these specs read and change settings of the whole server.
 */
export interface TestCluster {
  /** The superuser's URL of `database`. */
  url(database?: string): string;
  /** Runs statements as the superuser. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[], database?: string): Promise<Row[]>;
  stop(): Promise<void>;
}

/**
 * @param flags of the server, each as `name=value` @param bin the folder with the programs of a version other
 * than the embedded one
 */
export async function startCluster(flags: readonly string[] = [], bin?: string): Promise<TestCluster> {
  const home = await mkdtemp('/tmp/drawbridge-conformance-');
  await chmod(home, 0o755);
  const account = await chooseAccount('/nowhere');
  const cluster = {
    directory: join(home, 'data'),
    password: randomBytes(12).toString('hex'),
    account,
    binaries: bin === undefined ? await locateBinaries(account) : programsIn(bin),
  };
  const release = endWithUs(home);
  const passwords = join(home, 'password');
  await mkdir(cluster.directory, { mode: 0o700 });
  await writeFile(passwords, cluster.password);
  if (account.uid !== undefined && account.gid !== undefined)
    await chown(cluster.directory, account.uid, account.gid);
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwords}`];
  const words = [`--pgdata=${cluster.directory}`, '--encoding=UTF8', '--locale=C', '--no-sync', ...access];
  await promisify(execFile)(cluster.binaries.initdb, words, { ...account, env: {}, cwd: '/' });
  const port = await freePort();
  const all = [...FLAGS, ...flags].flatMap((flag) => ['-c', flag]);
  const server = spawnServer(cluster, port, all, 'ignore');
  const made = clusterAt(port, cluster.password, async () => {
    await stopServer(cluster);
    release();
    await rm(home, { recursive: true, force: true });
  });
  const state = await untilReady(made.url(), server);
  if (state !== 'ready') throw new Error(`test postgres: the server of ${home} does not start (${state})`);
  return made;
}

const programsIn = (bin: string): Binaries => ({
  postgres: join(bin, 'postgres'),
  initdb: join(bin, 'initdb'),
  pg_ctl: join(bin, 'pg_ctl'),
});

function clusterAt(port: number, password: string, stop: () => Promise<void>): TestCluster {
  const url = (database = 'postgres'): string =>
    `postgresql://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return { url, sql: (text, values, database) => query(url(database), text, values), stop };
}

/**
 * A client for exactly the database in the URL. The driver does not decode every character that a name may
 * contain.
 */
export function connectTo(url: string): pg.Client {
  const { hostname, port, username, password, pathname } = new URL(url);
  return new pg.Client({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  });
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = connectTo(url);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/**
 * Creates a role that may create databases and roles. Only this role and superusers can connect to the
 * database `postgres`.
 */
export async function createAdmin(cluster: TestCluster): Promise<string> {
  await cluster.sql(`create role branch_admin login createdb createrole password 'branch-admin-password'`);
  await cluster.sql('revoke connect on database postgres from public');
  await cluster.sql('grant connect on database postgres to branch_admin');
  return cluster.url().replace(/postgres:[^@]*@/, 'branch_admin:branch-admin-password@');
}

/** Creates a template with one of each kind of object that a branch has to copy. */
export async function createTemplate(cluster: TestCluster, name: string, owner = 'postgres'): Promise<void> {
  await cluster.sql(`create database "${name}" owner "${owner}"`);
  await cluster.sql(
    `set role "${owner}";
     create table author (id serial primary key, name text not null unique);
     insert into author (name) values ('ada'), ('grace');
     create table book (
       id int generated always as identity primary key, author_id int references author, title text
     );
     insert into book (author_id, title) values (1, 'notes');
     create schema shop;
     create type shop.state as enum ('open', 'closed');
     create type shop.pair as (a int, b int);
     create type shop.span as range (subtype = int);
     create domain shop.positive as int check (value > 0);
     create table shop."Odd ""name""" (id int primary key, state shop.state, amount shop.positive);
     create table shop.event (at date not null, what text) partition by range (at);
     create table shop.event_2026 partition of shop.event for values from ('2026-01-01') to ('2027-01-01');
     create view shop.authors as select * from author;
     create materialized view shop.counts as select count(*) from author;
     create sequence shop.ticket;
     create function shop.hello(who text) returns text language sql as 'select ''hello '' || who';
     create procedure shop.nothing() language sql as 'select 1';
     create aggregate shop.total (int) (sfunc = int4pl, stype = int, initcond = '0');
     create statistics shop.both on author_id, title from book;`,
    undefined,
    name,
  );
}
