import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../../src/database/schema/migrate.js';
import { CHANNEL_NAME } from '../../../src/database/notification-channel.js';
import { readHorizonWithHolders } from '../../../src/api/transitions/feed-horizon.js';
import { readFeed } from '../../../src/api/transitions/feed.js';
import { InstallationScope } from '../../../src/access/scope/installation-scope.js';
import { exportLines } from '../../../src/api/transitions/transition-export.js';
import { query } from '../../support/postgres.js';
import { eventually } from '../../support/world.js';
import { startApp, type OperatorApp } from '../api/api-app.js';
import { writeTransition } from '../api/api-seed.js';

/** Another role of the same server, whose only right in this database is a granted CONNECT. */
let world: OperatorApp;
let admin: pg.Client;
const role = `foreign_${randomBytes(6).toString('hex')}`;
const foreignClients: pg.Client[] = [];

beforeAll(async () => {
  world = await startApp();
  admin = new pg.Client({ connectionString: world.databaseUrl });
  await admin.connect();
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'foreign'`);
  await admin.query(`GRANT CONNECT ON DATABASE ${nameOf(world.databaseUrl)} TO ${role}`);
});
afterAll(async () => {
  for (const client of foreignClients) await client.end();
  await admin?.query(`DROP OWNED BY ${role}`);
  await admin?.end();
  await world?.close();
  await query(inject('postgresUrl'), `DROP ROLE IF EXISTS ${role}`);
});

const nameOf = (url: string): string => pg.escapeIdentifier(new URL(url).pathname.slice(1));

async function connectForeign(): Promise<pg.Client> {
  const url = new URL(world.databaseUrl);
  [url.username, url.password] = [role, 'foreign'];
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => undefined); // The database is dropped at the end.
  await client.connect();
  foreignClients.push(client);
  return client;
}

const write = (): Promise<string> => writeTransition(world.database);

const all = (): InstallationScope => InstallationScope.ofEverybody(world.database);
const ids = async (): Promise<string[]> =>
  (await readFeed(all(), { after: '0', limit: 10_000 })).map(({ id }) => id);

async function exported(heldMs: number): Promise<string[]> {
  const found: string[] = [];
  const closing = new AbortController().signal;
  for await (const lines of exportLines(all(), '0', {}, { closing, heldMs })) {
    found.push(
      ...lines
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id),
    );
  }
  return found;
}

describe('another role of the same server with CONNECT', () => {
  it.each([
    ['shared', 'pg_advisory_lock_shared', '68'],
    ['exclusive', 'pg_advisory_lock', '68'],
    ['shared', 'pg_advisory_lock_shared', '1140850688'],
    ['exclusive', 'pg_advisory_lock', '1140850688'],
  ])('cannot delay the feed by holding %s marks (%s, class %s)', async (_mode, lock, base) => {
    const last = BigInt(await write());
    const holder = await connectForeign();
    // The marks of the next transactions: the ids to come and some recent ones.
    await holder.query(
      `SELECT ${lock}(
           ($1::bigint + CASE WHEN $1::bigint = 68 THEN 0 ELSE 500 + n * 7 END)::int,
           ($2::bigint + n)::int)
       FROM generate_series(greatest(-20, -$2::bigint), 20) n`,
      [base, String(last)],
    );
    const later = [await write(), await write()];
    expect((await ids()).slice(-2)).toEqual(later);
    expect((await readHorizonWithHolders(all())).holders).toEqual([]);
    expect((await exported(500)).slice(-2)).toEqual(later);
    await holder.query('SELECT pg_advisory_unlock_all()');
  });

  it('cannot read the name of the channel, and receives nothing on the former channel', async () => {
    const spy = await connectForeign();
    await expect(spy.query(`SELECT ${CHANNEL_NAME}`)).rejects.toMatchObject({ code: '42501' });
    const received: string[] = [];
    spy.on('notification', ({ channel }) => received.push(channel));
    await spy.query('LISTEN drawbridge');
    await admin.query(`SELECT pg_notify(${CHANNEL_NAME}, 'a')`);
    await spy.query('SELECT 1');
    expect(received).toEqual([]);
  });

  it.each([
    ['the lock of former migrations', 'SELECT pg_advisory_lock(685117001)'],
    [
      'the lock under which pg-boss creates its schema',
      `SELECT pg_advisory_lock(('x' || encode(sha224((current_database() || '.pgboss.pgboss')::bytea), 'hex'))::bit(64)::bigint)`,
    ],
    [
      'the lock under which pg-boss creates queues',
      `SELECT pg_advisory_lock(('x' || encode(sha224((current_database() || '.pgboss.pgbosscreate-queue')::bytea), 'hex'))::bit(64)::bigint)`,
    ],
  ])('cannot block migrate by holding %s', async (_name, statement) => {
    await migrate(world.databaseUrl);
    const holder = await connectForeign();
    await holder.query(statement);
    expect(await migrate(world.databaseUrl)).toEqual([]);
    await holder.query('SELECT pg_advisory_unlock_all()');
  });

  it('cannot take the lock of migrations', async () => {
    const other = await connectForeign();
    await other.query('BEGIN');
    await expect(
      other.query('LOCK TABLE drawbridge_migration IN SHARE UPDATE EXCLUSIVE MODE'),
    ).rejects.toMatchObject({ code: '42501' });
    await other.query('ROLLBACK');
  });
});

describe('the feed behind an open transaction of Drawbridge', () => {
  it('names the session; an export fails at its limit, or is complete after the transaction', async () => {
    await write();
    const open = world.database.createQueryRunner();
    await open.startTransaction();
    const [{ pid }] = await open.query('SELECT pg_backend_pid() AS pid');
    await open.query(
      `INSERT INTO transition (action_id, event, from_state, to_state, actor)
       SELECT id, 'start', 'none', 'queued', 'vercel' FROM action LIMIT 1`,
    );
    const { holders } = await readHorizonWithHolders(all());
    expect(holders).toEqual([
      { pid, role: 'postgres', application: 'drawbridge-test', seconds: expect.any(Number) },
    ]);
    await expect(exported(500)).rejects.toThrow(/an open transaction has held back the audit for \d+ s/);
    const answer = await world.call('GET', '/api/v1/transitions');
    expect(answer.body.heldSeconds).toBeGreaterThanOrEqual(0);
    const waiting = exported(60_000);
    await eventually(async () => (await readHorizonWithHolders(all())).holders.length === 1);
    await open.commitTransaction();
    await open.release();
    expect((await waiting).length).toBe((await ids()).length);
    expect((await world.call('GET', '/api/v1/transitions')).body.heldSeconds).toBeNull();
  });

  it.each([
    ['inherits the right to write', 'INHERIT'],
    ['may set the role with the right to write', 'NOINHERIT'],
  ])('includes a session whose role %s', async (_name, inherit) => {
    const writer = `writer_${randomBytes(6).toString('hex')}`;
    const login = `login_${randomBytes(6).toString('hex')}`;
    await admin.query(`CREATE ROLE ${writer} NOLOGIN`);
    await admin.query(`CREATE ROLE ${login} LOGIN ${inherit} PASSWORD 'login' IN ROLE ${writer}`);
    await admin.query(`GRANT CONNECT ON DATABASE ${nameOf(world.databaseUrl)} TO ${login}`);
    await admin.query(`GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO ${writer}`);
    await admin.query(`GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${writer}`);
    const url = new URL(world.databaseUrl);
    [url.username, url.password] = [login, 'login'];
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      await write();
      await client.query(`BEGIN; SET ROLE ${writer}`);
      await client.query(
        `INSERT INTO transition (action_id, event, from_state, to_state, actor)
         SELECT id, 'start', 'none', 'queued', 'vercel' FROM action LIMIT 1`,
      );
      const later = await write();
      expect(await ids()).not.toContain(later);
      await client.query('COMMIT');
      expect(await ids()).toContain(later);
    } finally {
      await client.end();
      await admin.query(`DROP OWNED BY ${writer}, ${login}`);
      await admin.query(`DROP ROLE ${login}, ${writer}`);
    }
  });
});
