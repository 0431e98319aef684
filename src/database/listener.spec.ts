import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../test/support/postgres.js';
import { Listener } from './listener.js';
import { migrate } from './schema/migrate.js';
import { CHANNEL_NAME } from './notification-channel.js';

let database: TestDatabase;
let client: pg.Client;
const open: Listener[] = [];

/** A listener that writes down what it emits. */
function listen(url: string = database.url) {
  const listener = new Listener(url);
  open.push(listener);
  const heard: string[] = [];
  listener.on('wake', () => heard.push('wake'));
  listener.on('moved', (ids) => heard.push(`moved ${ids.join(' ')}`));
  listener.on('lost', () => heard.push('lost'));
  const until = async (...last: string[]): Promise<void> => {
    for (let waited = 0; heard.slice(-last.length).join() !== last.join(); waited += 10) {
      if (waited > 15_000) throw new Error(`heard ${heard.join(', ')} and never ${last.join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { listener, heard, until };
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
  it('wakes on connecting, and on news of new work', async () => {
    const { listener, heard, until } = listen();
    expect(listener.connected).toBe(false);
    await listener.connect();
    expect(listener.connected).toBe(true);
    expect(heard).toEqual(['wake']);
    await notify('');
    await until('wake', 'wake');
    expect(heard).toEqual(['wake', 'wake']);
  });

  it('names the actions that were moved', async () => {
    const { listener, heard, until } = listen();
    await listener.connect();
    await notify('a,b');
    await until('moved a b', 'wake');
    expect(heard).toEqual(['wake', 'moved a b', 'wake']);
  });

  it('takes a payload as long as one transaction sends', async () => {
    const { listener, until } = listen();
    await listener.connect();
    const ids = Array.from({ length: 100 }, () => crypto.randomUUID());
    await notify(ids.join(','));
    await until(`moved ${ids.join(' ')}`, 'wake');
  });

  it('connects again when the server ends its session, and wakes for what it missed', async () => {
    const { listener, heard, until } = listen();
    await listener.connect();
    for (let round = 0; round < 2; round++) {
      await terminate();
      await until(...Array.from({ length: round + 1 }, () => ['lost', 'wake']).flat());
      expect(listener.connected).toBe(true);
    }
    expect(heard).toEqual(['wake', 'lost', 'wake', 'lost', 'wake']);
    await notify('a');
    await until('moved a', 'wake');
    expect(await sessions()).toHaveLength(1);
  });

  it('goes on trying while nobody answers', async () => {
    const { listener, heard, until } = listen('postgres://nobody@127.0.0.1:1/none');
    await listener.connect();
    await until('lost', 'lost', 'lost');
    expect(listener.connected).toBe(false);
    expect(heard).not.toContain('wake');
  });

  it('says nothing more once it is closed, and leaves no session', async () => {
    const { listener, heard } = listen();
    await listener.connect();
    await listener.close();
    await notify('a');
    await terminate();
    await client.query('SELECT pg_sleep(0.4)');
    expect(heard).toEqual(['wake']);
    expect(listener.connected).toBe(false);
    expect(await sessions()).toEqual([]);
  });

  it('may be closed before it connects, while it connects and while it waits to connect again', async () => {
    const before = listen();
    await before.listener.close();
    await before.listener.connect();
    const during = listen();
    const connecting = during.listener.connect();
    await during.listener.close();
    await connecting;
    const waiting = listen('postgres://nobody@127.0.0.1:1/none');
    await waiting.listener.connect();
    await waiting.listener.close();
    await client.query('SELECT pg_sleep(0.6)');
    expect(before.heard).toEqual([]);
    expect(during.heard).toEqual([]);
    expect(waiting.heard).toEqual(['lost']);
    expect(await sessions()).toEqual([]);
  });
});
