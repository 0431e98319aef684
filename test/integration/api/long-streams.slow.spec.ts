import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorLimits } from '../../../src/access/limits/operator-limits.js';
import { eventually } from '../../support/world.js';
import { startApp, TOKENS, type OperatorApp } from './api-app.js';
import { writeTransition, type Writer } from './api-seed.js';

/** Long responses over real HTTP, from a server that closes incomplete requests after a second. */
const REQUEST_MS = 1_000;
let world: OperatorApp;
beforeAll(async () => {
  const http = { headersTimeout: 500, requestTimeout: REQUEST_MS, connectionsCheckingInterval: 100 };
  world = await startApp({ serverLimits: { requestTimeout: REQUEST_MS, http } });
});
afterAll(() => world.close());

const NDJSON = { accept: 'application/x-ndjson' };
const ask = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${world.url}${path}`, { headers: { authorization: `Bearer ${TOKENS.admin}`, ...headers } });

const write = (session: Writer = world.database): Promise<string> => writeTransition(session);

/** Runs `work` while a transaction that has drawn an id is open. */
async function behindAnOpenTransaction<T>(
  work: (open: { id: string; commit(): Promise<void> }) => Promise<T>,
): Promise<T> {
  const open = world.database.createQueryRunner();
  await open.startTransaction();
  try {
    const id = await write(open);
    return await work({ id, commit: () => open.commitTransaction() });
  } finally {
    if (open.isTransactionActive) await open.rollbackTransaction();
    await open.release();
  }
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends a body that never completes, and returns the milliseconds until the server closes the connection. */
async function slowBody(): Promise<number> {
  const { hostname, port } = new URL(world.url);
  const began = performance.now();
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined).resume();
  socket.write(
    'POST /nowhere HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n',
  );
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return performance.now() - began;
}

describe('an export behind a transaction that stays open', () => {
  beforeAll(() => {
    world.app.get(OperatorLimits).exportHeldMs = 700;
  });
  afterAll(() => {
    world.app.get(OperatorLimits).exportHeldMs = 60_000;
  });

  it('gets 503 with Retry-After when nothing was sent yet', async () => {
    await behindAnOpenTransaction(async ({ id }) => {
      const after = String(BigInt(id) - 1n);
      const response = await ask(`/api/v1/transitions?cursor=${after}`, NDJSON);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60']);
      expect(await response.json()).toMatchObject({
        type: 'urn:drawbridge:problem:unavailable',
        detail: expect.stringMatching(/^an open transaction has held back the audit for \d+ s/),
      });
    });
  });

  it('breaks off when it had begun, unlike a complete export', async () => {
    const before = await write();
    await behindAnOpenTransaction(async () => {
      const response = await ask('/api/v1/transitions', NDJSON);
      expect(response.status).toBe(200);
      const seen: string[] = [];
      const read = async (): Promise<void> => {
        const decoder = new TextDecoder();
        for await (const chunk of response.body ?? []) seen.push(decoder.decode(chunk, { stream: true }));
      };
      await expect(read()).rejects.toThrow(/terminated/);
      expect(seen.join('')).toContain(`"id":"${before}"`);
    });
    // The export frees its place: an operator has two.
    for (let n = 0; n < 3; n++) {
      const whole = await ask('/api/v1/transitions', NDJSON);
      expect(whole.status).toBe(200);
      expect(await whole.text()).toContain(`"id":"${before}"`);
    }
  });
});

/** Reads until the stream contains the transition. */
async function readUntil(stream: Response, id: string): Promise<string> {
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let seen = '';
  while (!seen.includes(`id: ${id}\n`)) {
    const { done, value } = await reader.read();
    expect(done, 'the stream has ended').toBe(false);
    seen += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return seen;
}

describe('an event stream', () => {
  it('continues when the database ends the session that reads for it', async () => {
    const before = await write();
    const locker = world.database.createQueryRunner();
    await locker.startTransaction();
    await locker.query('LOCK TABLE transition IN ACCESS EXCLUSIVE MODE');
    const stream = await ask('/api/v1/events?cursor=0');
    const ended = await eventually(async () => {
      const rows = await locker.query(
        `SELECT pg_terminate_backend(l.pid) FROM pg_locks l
         WHERE l.relation = 'transition'::regclass AND NOT l.granted`,
      );
      return rows.length > 0 && rows;
    });
    expect(ended.length).toBeGreaterThan(0);
    await locker.rollbackTransaction();
    await locker.release();
    expect(await readUntil(stream, await write())).toContain(`id: ${before}\n`);
  });
});

describe('a response that lasts longer than the request timeout', () => {
  it('is complete as an export and as an event stream, while slow bodies are cut off', async () => {
    const stream = await ask('/api/v1/events');
    const exported = await behindAnOpenTransaction(async ({ id, commit }) => {
      const answer = ask('/api/v1/transitions', NDJSON).then((response) => response.text());
      expect(await slowBody()).toBeGreaterThan(REQUEST_MS / 2);
      await rest(2 * REQUEST_MS);
      await commit();
      return { id, text: await answer };
    });
    expect(exported.text.trim().split('\n').at(-1)).toContain(`"id":"${exported.id}"`);
    expect(await readUntil(stream, await write())).toContain(`id: ${exported.id}\n`);
  });
});
