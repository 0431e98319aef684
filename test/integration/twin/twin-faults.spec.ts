import { describe, expect, it } from 'vitest';
import type { Entry, Faults } from '../../../src/twin/twin.js';
import { call, ONE, patch, SUCCEEDED, world } from './twin-world.js';
import { WAIT_MS } from '../../support/wait.js';

const apiEntries = (entries: Entry[]) =>
  entries.flatMap((entry) =>
    entry.kind === 'api' ? [{ fault: entry.fault, executed: entry.executed, status: entry.status }] : [],
  );

describe('webhook faults', () => {
  it('send an event several times with one id', async () => {
    const { twin, provider } = await world();
    twin.setFaults({ webhooks: { duplicate: { times: 3 } } });
    twin.createDeployment(ONE);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.types()).toEqual(['start', 'start', 'start']);
    expect(new Set(provider.hooks.map(({ body }) => body)).size).toBe(1);
  });

  it('delay a start until its cancel is delivered', async () => {
    const { twin, provider } = await world();
    const faults: Faults = { operation: 'start', webhooks: { reorder: {} } };
    const { id } = twin.createDeployment({ ...ONE, faults });
    const other = twin.createDeployment(ONE).id;
    await twin.waitFor(() => provider.hooks.length === 1, WAIT_MS);
    twin.cancel(id);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    const deployments = provider.hooks.map(({ event }) => (event.payload['deployment'] as { id: string }).id);
    expect(deployments).toEqual([other, id, id]);
    expect(provider.types()).toEqual(['start', 'cancel', 'start']);
  });

  it('deliver a delayed event when its window ends', async () => {
    const { twin, provider } = await world();
    twin.setFaults({ webhooks: { reorder: { windowMs: 20 } } });
    twin.createDeployment(ONE);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.types()).toEqual(['start']);
  });

  it('delay an event', async () => {
    const { twin, provider } = await world();
    twin.setFaults({ webhooks: { delay: { ms: 60 } } });
    const started = Date.now();
    twin.createDeployment(ONE);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.hooks[0]!.at - started).toBeGreaterThanOrEqual(58);
  });

  it('drop the first attempts, which then count as failed', async () => {
    const { twin, provider } = await world({ clockFactor: 100 });
    twin.setFaults({ webhooks: { drop: { attempts: 2 } } });
    twin.createDeployment(ONE);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.hooks).toHaveLength(1);
    const sent = twin.log().flatMap((entry) => (entry.kind === 'webhook.sent' ? [entry.dropped] : []));
    expect(sent).toEqual([true, true, false]);
  });
});

describe('API faults', () => {
  it('respond 429 as Vercel does, as often as configured, without effect', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    twin.setFaults({
      deployment: id,
      operation: 'update-action',
      api: { status429: { count: 2, retryAfterSeconds: 3 } },
    });
    const limited = await patch(twin, id, SUCCEEDED);
    expect(limited.status).toBe(429);
    expect(limited.headers.get('retry-after')).toBe('3');
    expect(JSON.parse(limited.text)).toMatchObject({
      error: {
        code: 'rate_limited',
        limit: { remaining: 0, reset: expect.any(Number), resetMs: expect.any(Number), total: 100 },
      },
    });
    expect((await call(twin, 'GET', `/v13/deployments/${id}`, undefined, 'token-1')).status).toBe(200);
    const other = twin.createDeployment(ONE).id;
    expect((await patch(twin, other, SUCCEEDED)).status).toBe(202);
    expect((await patch(twin, id, SUCCEEDED)).status).toBe(429);
    expect(twin.deployment(id).state).toBe('waiting');
    expect((await patch(twin, id, SUCCEEDED)).status).toBe(202);
  });

  it.each([500, 502, 503, 504] as const)('respond %i without effect', async (status) => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    twin.setFaults({ api: { status5xx: { status, count: 1 } } });
    expect((await patch(twin, id, SUCCEEDED)).status).toBe(status);
    expect(twin.deployment(id).state).toBe('waiting');
  });

  it('delay a call, which takes effect at its end', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    twin.setFaults({ api: { slow: { ms: 80 } } });
    expect((await patch(twin, id, SUCCEEDED)).status).toBe(202);
    const changes = twin.log().filter((entry) => entry.kind === 'deployment');
    expect(changes.map(({ change }) => change)).toEqual(['created', 'building', 'ready']);
    expect(changes[1]!.at - changes[0]!.at).toBeGreaterThanOrEqual(78);
  });

  it('break the connection before the call takes effect', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    twin.setFaults({ api: { reset: { count: 1 } } });
    await expect(patch(twin, id, SUCCEEDED)).rejects.toThrow('fetch failed');
    expect(twin.deployment(id).state).toBe('waiting');
    expect(apiEntries(twin.log())).toEqual([{ fault: 'reset', executed: false, status: null }]);
  });

  it('break the connection after the call took effect', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    twin.setFaults({ api: { executeThenReset: { count: 1 } } });
    await expect(patch(twin, id, SUCCEEDED)).rejects.toThrow('fetch failed');
    expect(twin.deployment(id).state).toBe('ready');
    expect(apiEntries(twin.log())).toEqual([{ fault: 'executeThenReset', executed: true, status: null }]);
    expect((await patch(twin, id, SUCCEEDED)).status).toBe(202);
  });

  it('never respond after the call took effect', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    twin.setFaults({ api: { executeThenTimeout: {} } });
    await expect(patch(twin, id, SUCCEEDED, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/);
    expect(twin.deployment(id).state).toBe('ready');
  });

  it('occur at random with a seed: the same seed causes the same faults', async () => {
    const statusesOf = async (seed: number) => {
      const { twin } = await world({ webhookUrl: null });
      const { id } = twin.createDeployment(ONE);
      const body = { seed, api: { status5xx: { probability: 0.5 } } };
      expect((await call(twin, 'PUT', '/twin/faults', body)).body).toEqual({ faults: [body] });
      const statuses: number[] = [];
      for (let n = 0; n < 24; n++) statuses.push((await patch(twin, id, {})).status);
      return statuses;
    };
    const first = await statusesOf(7);
    expect(new Set(first)).toEqual(new Set([202, 500]));
    expect(await statusesOf(7)).toEqual(first);
    expect(await statusesOf(8)).not.toEqual(first);
  });

  it('end when they are replaced by an empty list', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment({ ...ONE, faults: { api: { status5xx: {} } } });
    expect((await patch(twin, id, {})).status).toBe(500);
    twin.setFaults([]);
    expect((await patch(twin, id, {})).status).toBe(202);
  });
});
