import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventHub } from '../../../src/api/events/event-hub.js';
import { eventStream } from '../../../src/api/events/event-stream.js';
import { eventually } from '../../support/world.js';
import { startApp, TOKENS, type OperatorApp } from './api-app.js';

let world: OperatorApp;
beforeAll(async () => {
  world = await startApp();
});
afterAll(() => world.close());

async function move(at: Pick<OperatorApp, 'database'>, count = 1, action = randomUUID()): Promise<string[]> {
  const known = `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state)
    VALUES ($1, 'icfg_1', $2, 'r1', 'branch', 'queued') ON CONFLICT DO NOTHING`;
  await at.database.query(known, [action, `dpl_${action}`]);
  const rows: { id: string }[] = await at.database.query(
    `INSERT INTO transition (action_id, event, from_state, to_state, actor)
     SELECT $1, 'start', 'none', 'queued', 'vercel' FROM generate_series(1, $2) RETURNING id`,
    [action, count],
  );
  return rows.map(({ id }) => id);
}

interface Follower {
  ids: string[];
  text: string;
  /** Resolves when the stream has ended. */
  ended: Promise<void>;
  stop(): void;
}

async function follow(at: OperatorApp, path = '', headers: Record<string, string> = {}): Promise<Follower> {
  const controller = new AbortController();
  const response = await fetch(`${at.url}/api/v1/events${path}`, {
    headers: { authorization: `Bearer ${TOKENS.viewer}`, ...headers },
    signal: controller.signal,
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ]);
  const follower: Follower = {
    ids: [],
    text: '',
    ended: Promise.resolve(),
    stop: () => controller.abort(),
  };
  follower.ended = read(response, follower).catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  await eventually(() => follower.text.includes('retry:'));
  return follower;
}

async function read(response: Response, follower: Follower): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    follower.text += decoder.decode(chunk as Uint8Array, { stream: true });
    follower.ids = [...follower.text.matchAll(/^event: transition\nid: (\d+)$/gm)].map(
      (match) => match[1] as string,
    );
  }
}

describe('the stream of events', () => {
  it('starts at the current position and sends each transition once', async () => {
    await move(world, 3);
    const follower = await follow(world);
    const made = [...(await move(world)), ...(await move(world, 2))];
    await eventually(() => follower.ids.length >= 3);
    expect(follower.ids).toEqual(made);
    const data = JSON.parse(/^data: (.*)$/m.exec(follower.text)?.[1] as string);
    expect(data).toMatchObject({ id: made[0], event: 'start', from: 'none', to: 'queued', actor: 'vercel' });
    follower.stop();
    await follower.ended;
  });

  it('continues after a disconnect without loss or repetition while others write', async () => {
    const written: string[] = [];
    const state = { writing: true };
    const writing = (async () => {
      for (let n = 0; n < 60; n++) written.push(...(await move(world, 3)));
      state.writing = false;
    })();
    const first = await follow(world);
    const began = /^id: (\d+)/m.exec(first.text)?.[1] as string;
    const seen: string[] = [];
    let follower = first;
    while (state.writing || seen.at(-1) !== written.at(-1)) {
      await eventually(() => follower.ids.length > 0 || !state.writing);
      follower.stop();
      await follower.ended;
      seen.push(...follower.ids);
      follower = await follow(world, '', { 'last-event-id': seen.at(-1) ?? began });
    }
    await writing;
    follower.stop();
    await follower.ended;
    expect(seen).toEqual(written.filter((id) => BigInt(id) > BigInt(began)));
  });

  it('catches up with more transitions than it keeps in memory', async () => {
    const [before] = await move(world);
    const made = await move(world, 5_000);
    const follower = await follow(world, `?cursor=${before}`);
    await eventually(() => follower.ids.length >= made.length);
    expect(follower.ids).toEqual(made);
    follower.stop();
    await follower.ended;
  });

  it('can be limited to one action', async () => {
    const action = randomUUID();
    const follower = await follow(world, `?action=${action}`);
    await move(world, 2);
    const made = await move(world, 2, action);
    await eventually(() => follower.ids.length >= 2);
    expect(follower.ids).toEqual(made);
    follower.stop();
    await follower.ended;
  });

  it('does not pass an open transaction', async () => {
    const follower = await follow(world);
    const open = world.database.createQueryRunner();
    await open.startTransaction();
    const slow = await move({ database: open as never });
    const later = await move(world);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(follower.ids).toEqual([]);
    await open.commitTransaction();
    await open.release();
    await eventually(() => follower.ids.length >= 2);
    expect(follower.ids).toEqual([...slow, ...later]);
    follower.stop();
    await follower.ended;
  });

  it('stops reading when the last client disconnects', async () => {
    const hub = world.app.get(EventHub);
    const follower = await follow(world);
    expect(hub.count).toBe(1);
    follower.stop();
    await follower.ended;
    await eventually(() => hub.count === 0);
  });

  it('sends heartbeats with its position while no transitions occur', async () => {
    const hub = world.app.get(EventHub);
    const controller = new AbortController();
    const after = await hub.position();
    const stream = eventStream(hub, { after, heartbeatMs: 20, signal: controller.signal, sees: () => true });
    expect((await stream.next()).value).toBe(`retry: 1000\nid: ${after}\n\n`);
    expect((await stream.next()).value).toBe(`: alive\nid: ${after}\n\n`);
    controller.abort();
    expect((await stream.next()).done).toBe(true);
  });

  it('sends heartbeats while transitions of other actions occur', async () => {
    const hub = world.app.get(EventHub);
    const controller = new AbortController();
    const writing = (async () => {
      while (!controller.signal.aborted) await move(world);
    })();
    const options = { after: await hub.position(), heartbeatMs: 200, signal: controller.signal };
    const stream = eventStream(hub, { ...options, sees: () => true, actionId: randomUUID() });
    await stream.next();
    const began = performance.now();
    for (let n = 0; n < 5; n++) expect((await stream.next()).value).toMatch(/^: alive\nid: \d+\n\n$/);
    expect(performance.now() - began).toBeLessThan(5 * 200 + 800);
    controller.abort();
    await Promise.all([writing, stream.return(undefined)]);
  });

  it.each([['abc'], ['-1'], ['99999999999999999999']])('rejects the cursor %s', async (cursor) => {
    const answer = await world.call('GET', `/api/v1/events?cursor=${cursor}`);
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:drawbridge:problem:invalid-cursor']);
  });

  it('ends regularly when the server shuts down', async () => {
    const other = await startApp();
    const follower = await follow(other);
    const [made] = await move(other);
    await eventually(() => follower.ids.length > 0);
    await Promise.all([other.close(), follower.ended]);
    expect(follower.ids).toEqual([made]);
  });
});

/** Opens a connection that sends a request and reads no response. */
function stalled(url: string, path: string, accept: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) }).pause();
  const authorization = `Authorization: Bearer ${TOKENS.viewer}`;
  socket.on('error', () => undefined); // The server cuts the connection.
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${authorization}\r\nAccept: ${accept}\r\n\r\n`);
  return socket;
}

it.each([
  ['/api/v1/events?cursor=0', 'text/event-stream'],
  ['/api/v1/transitions', 'application/x-ndjson'],
])('a client of %s that does not read does not delay the shutdown', async (path, accept) => {
  const other = await startApp();
  const [first] = await move(other);
  await other.database.query(
    `INSERT INTO transition (action_id, event, from_state, to_state, actor, reason)
       SELECT action_id, event, from_state, to_state, actor, repeat('more than sockets hold ', 500)
       FROM transition, generate_series(1, 4000) WHERE id = $1`,
    [first],
  );
  const socket = stalled(other.url, path, accept);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const began = performance.now();
  await other.close();
  expect(performance.now() - began).toBeLessThan(5_000);
  socket.destroy();
});

describe('the export', () => {
  it('reads no rows for a HEAD request', async () => {
    await move(world, 20_000);
    const rowsRead = async (): Promise<number> => {
      await world.database.query('SELECT pg_stat_force_next_flush()');
      const [row] = await world.database.query(
        `SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_user_tables WHERE relname = 'transition'`,
      );
      return Number(row.read);
    };
    await world.database.query('ANALYZE transition');
    const before = await rowsRead();
    const headers = { authorization: `Bearer ${TOKENS.viewer}`, accept: 'application/x-ndjson' };
    const { status } = await fetch(`${world.url}/api/v1/transitions`, { method: 'HEAD', headers });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect([status, (await rowsRead()) - before < 10_000]).toEqual([200, true]);
  });

  const lines = async (query = ''): Promise<{ id: string; event: string; actor: string }[]> => {
    const response = await fetch(`${world.url}/api/v1/transitions${query}`, {
      headers: { authorization: `Bearer ${TOKENS.viewer}`, accept: 'application/x-ndjson' },
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/x-ndjson; charset=utf-8',
    ]);
    const text = await response.text();
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };

  it('contains the same transitions as the pages, with the same filters', async () => {
    const action = randomUUID();
    const made = await move(world, 3, action);
    expect((await lines(`?action=${action}`)).map(({ id }) => id)).toEqual(made);
    expect((await lines(`?action=${action}&cursor=${made[0]}`)).map(({ id }) => id)).toEqual(made.slice(1));
    await world.database.query(
      `INSERT INTO transition (action_id, event, from_state, to_state, actor, at) VALUES
       ($1, 'retry', 'failed', 'queued', 'operator:eve', '2020-01-02T00:00:00Z'),
       ($1, 'release', 'succeeded', 'releasing', 'operator:eve', '2020-01-03T00:00:00Z')`,
      [action],
    );
    for (const [query, events] of [
      ['actor=operator:eve', ['retry', 'release']],
      ['event=retry', ['retry']],
      ['event=retry,release', ['retry', 'release']],
      ['until=2020-01-03', ['retry']],
      ['since=2020-01-03&until=2020-01-04', ['release']],
      ['since=2199-01-01', []],
      ['until=1999-01-01', []],
    ] as const) {
      const page = await world.call('GET', `/api/v1/transitions?action=${action}&${query}`);
      expect(
        page.body.items.map((item: { event: string }) => item.event),
        query,
      ).toEqual(events);
      expect(
        (await lines(`?action=${action}&${query}`)).map(({ event }) => event),
        query,
      ).toEqual(events);
    }
    expect(
      (await world.call('GET', '/api/v1/transitions?actor=operator:eve&limit=1')).body.items,
    ).toHaveLength(1);
  });
});
