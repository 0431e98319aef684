import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailedSignIns } from '../../../src/access/auth/failed-sign-ins.js';
import type { Operator } from '../../../src/access/auth/operator-tokens.js';
import { EventHub } from '../../../src/api/events/event-hub.js';
import { ConcurrencyLimit } from '../../../src/access/limits/concurrency-limit.js';
import { StreamLimit } from '../../../src/access/limits/stream-limit.js';
import { startApp, TOKENS, type OperatorApp } from '../api/api-app.js';

let world: OperatorApp;
beforeAll(async () => {
  world = await startApp();
});
afterAll(() => world.close());

const stream = (token: string, signal: AbortSignal): Promise<Response> =>
  fetch(`${world.url}/api/v1/events`, { headers: { authorization: `Bearer ${token}` }, signal });

describe('the limits of operators', () => {
  it('allow ten streams per operator; another gets 429 until one ends, and an admin gets one', async () => {
    const controllers = Array.from({ length: 10 }, () => new AbortController());
    for (const { signal } of controllers) expect((await stream(TOKENS.viewer, signal)).status).toBe(200);
    const over = await stream(TOKENS.viewer, new AbortController().signal);
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, '5']);
    expect(((await over.json()) as { type: string }).type).toBe('urn:drawbridge:problem:too-many-requests');
    const admin = new AbortController();
    expect((await stream(TOKENS.admin, admin.signal)).status).toBe(200);
    controllers[0]?.abort();
    const again = new AbortController();
    await expect.poll(async () => (await stream(TOKENS.viewer, again.signal)).status).toBe(200);
    for (const one of [...controllers, admin, again]) one.abort();
    await expect.poll(() => world.app.get(EventHub).count).toBe(0);
  });

  it('reserve streams for admins without an installation scope', () => {
    const places = new StreamLimit({ what: 'streams', each: 2, all: 3, reserve: 1 });
    const of = (
      name: string,
      role: Operator['role'],
      installations: Operator['installations'] = null,
    ): Operator => ({
      name,
      role,
      installations,
    });
    const free = places.take(of('a', 'viewer'));
    places.take(of('b', 'operator'));
    expect(() => places.take(of('c', 'viewer'))).toThrow('this process already has 2 streams open');
    expect(() => places.take(of('d', 'admin', new Set(['icfg_1'])))).toThrow(/already/);
    places.take(of('e', 'admin'));
    expect(() => places.take(of('e', 'admin'))).toThrow(/already/);
    free();
    free();
    expect(() => places.take(of('c', 'viewer'))).toThrow(/already/);
  });

  it('run long reads one after another', async () => {
    const lane = new ConcurrencyLimit(2);
    let [now, most] = [0, 0];
    const work = async (): Promise<void> => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
    };
    await Promise.all(Array.from({ length: 7 }, () => lane.run(work)));
    await expect(lane.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await lane.run(work);
    expect([most, now]).toEqual([2, 0]);
  });
});

describe('failed sign-ins', () => {
  it('from one address get 429 after thirty, while a valid new token is accepted', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 45; n++)
      statuses.push((await world.call('GET', '/api/v1/me', { token: `wrong-${n}` })).status);
    expect(statuses.slice(0, 30).every((status) => status === 401)).toBe(true);
    expect(statuses).toContain(429);
    const refused = await world.call('GET', '/api/v1/me', { token: 'wrong' });
    expect([refused.status, refused.headers.get('retry-after'), refused.body.detail]).toEqual([
      429,
      '1',
      'too many invalid tokens from this address; the token is not known',
    ]);
    expect((await world.call('GET', '/api/v1/me', { as: 'operator' })).status).toBe(200);
  });

  it('count per source, expire with time, and share one source per /64', () => {
    const failed = new FailedSignIns();
    for (let n = 0; n < 30; n++) failed.failed(`2001:db8::${n}`, 'no', 0);
    for (let n = 0; n < 100; n++)
      expect(() => failed.failed('2001:db8::ffff', 'no', 0)).toThrow(/too many invalid tokens.*; no/);
    failed.failed('2001:db8:0:1::1', 'no', 0);
    failed.failed('192.0.2.1', 'no', 0);
    failed.failed('2001:db8::ffff', 'no', 2_000);
  });
});
