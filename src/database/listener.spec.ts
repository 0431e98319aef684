import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../test/support/postgres.js';
import { Listener } from './listener.js';
import { migrate } from './schema/migrate.js';
import { CHANNEL_NAME } from './notification-channel.js';

let database: TestDatabase;
let client: pg.Client;
const open: Listener[] = [];

/** A listener that records what it emits. */
function listen(url: string = database.url) {
  const listener = new Listener(url);
  open.push(listener);
  const emitted: string[] = [];
  listener.on('wake', () => emitted.push('wake'));
  listener.on('moved', (ids) => emitted.push(`moved ${ids.join(' ')}`));
  listener.on('lost', () => emitted.push('lost'));
  const until = async (...last: string[]): Promise<void> => {
    for (let waited = 0; emitted.slice(-last.length).join() !== last.join(); waited += 10) {
      if (waited > 15_000) throw new Error(`emitted ${emitted.join(', ')}, but never ${last.join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { listener, emitted, until };
}

const notify = (payload: string) => client.query(`SELECT pg_notify(${CHANNEL_NAME}, $1)`, [payload]);
const sessions = async (): Promise<number[]> => {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'drawbridge-listener' AND datname = ` +
      `current_database()`,
  );
  return rows.map(({ pid }) => pid);
};
const terminate = async (): Promise<void> => {
  for (const pid of await sessions()) await client.query('SELECT pg_terminate_backend($1)', [pid]);
};

beforeAll(async () => {
  database = await createDatabase('listener');
  await migrate(database.url);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

describe('Listener', () => {
  it('emits wake on connecting and on a notification of new work', async () => {
    const { listener, emitted, until } = listen();
    expect(listener.connected).toBe(false);
    await listener.connect();
    expect(listener.connected).toBe(true);
    expect(emitted).toEqual(['wake']);
    await notify('');
    await until('wake', 'wake');
    expect(emitted).toEqual(['wake', 'wake']);
  });

  it('emits the ids of moved actions', async () => {
    const { listener, emitted, until } = listen();
    await listener.connect();
    await notify('a,b');
    await until('moved a b', 'wake');
    expect(emitted).toEqual(['wake', 'moved a b', 'wake']);
  });

  it('accepts the longest payload of one transaction', async () => {
    const { listener, until } = listen();
    await listener.connect();
    const ids = Array.from({ length: 100 }, () => crypto.randomUUID());
    await notify(ids.join(','));
    await until(`moved ${ids.join(' ')}`, 'wake');
  });

  it('reconnects when the server ends its session, and emits wake for missed notifications', async () => {
    const { listener, emitted, until } = listen();
    await listener.connect();
    for (let round = 0; round < 2; round++) {
      await terminate();
      await until(...Array.from({ length: round + 1 }, () => ['lost', 'wake']).flat());
      expect(listener.connected).toBe(true);
    }
    expect(emitted).toEqual(['wake', 'lost', 'wake', 'lost', 'wake']);
    await notify('a');
    await until('moved a', 'wake');
    expect(await sessions()).toHaveLength(1);
  });

  it('keeps trying to connect while the server does not respond', async () => {
    const { listener, emitted, until } = listen('postgres://nouser@127.0.0.1:1/none');
    await listener.connect();
    await until('lost', 'lost', 'lost');
    expect(listener.connected).toBe(false);
    expect(emitted).not.toContain('wake');
  });

  it('emits nothing after it is closed, and leaves no session', async () => {
    const { listener, emitted } = listen();
    await listener.connect();
    await listener.close();
    await notify('a');
    await terminate();
    await client.query('SELECT pg_sleep(0.4)');
    expect(emitted).toEqual(['wake']);
    expect(listener.connected).toBe(false);
    expect(await sessions()).toEqual([]);
  });

  it('can be closed before it connects, while it connects and while it waits to reconnect', async () => {
    const before = listen();
    await before.listener.close();
    await before.listener.connect();
    const during = listen();
    const connecting = during.listener.connect();
    await during.listener.close();
    await connecting;
    const waiting = listen('postgres://nouser@127.0.0.1:1/none');
    await waiting.listener.connect();
    await waiting.listener.close();
    await client.query('SELECT pg_sleep(0.6)');
    expect(before.emitted).toEqual([]);
    expect(during.emitted).toEqual([]);
    expect(waiting.emitted).toEqual(['lost']);
    expect(await sessions()).toEqual([]);
  });
});
