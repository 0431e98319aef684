import { describe, expect, it } from 'vitest';
import { createHmac } from 'node:crypto';
import { startTwin } from '../../../src/twin/twin.js';
import { call, ONE, patch, SECRET, SUCCEEDED, succeeded, world } from './twin-world.js';
import { WAIT_MS } from '../../support/wait.js';

const TWO = {
  project: 'shop',
  connections: [
    { installationId: 'icfg_1', resourceId: 'db_1', actions: ['branch', 'seed'] },
    { installationId: 'icfg_2', resourceId: 'cache_1', actions: ['branch'], required: false },
  ],
};

describe('webhooks of the twin', () => {
  it('start every action of every connection, signed over the sent bytes', async () => {
    const { twin, provider } = await world();
    const { id } = twin.createDeployment(TWO);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.hooks).toHaveLength(3);
    for (const { body, event, signature } of provider.hooks) {
      expect(signature).toBe(createHmac('sha1', SECRET).update(body).digest('hex'));
      const { installationId, resourceId, action } = event.payload;
      expect(event).toEqual({
        id: expect.stringMatching(/^evt_\w{24}$/),
        type: 'deployment.integration.action.start',
        createdAt: expect.any(Number),
        region: 'iad1',
        payload: {
          configuration: { id: installationId },
          installationId,
          resourceId,
          action,
          deployment: { id },
        },
      });
    }
    expect(new Set(provider.hooks.map(({ event }) => event.id)).size).toBe(3);
  });

  it('are repeated after an error with growing delays and the same id', async () => {
    const { twin, provider } = await world({ clockFactor: 100 });
    provider.answer = (n) => (n < 4 ? [500, 302, 404][n - 1]! : 200);
    twin.createDeployment(ONE);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(new Set(provider.hooks.map(({ event }) => event.id)).size).toBe(1);
    const results = twin.log().filter((entry) => entry.kind === 'webhook.result');
    expect(results.map(({ status, outcome, nextInMs }) => [status, outcome, nextInMs])).toEqual([
      [500, 'retry', 10],
      [302, 'retry', 20],
      [404, 'retry', 40],
      [200, 'delivered', null],
    ]);
  });

  it('have another id with each retry on request', async () => {
    const { twin, provider } = await world({ clockFactor: 100, newIdOnRetry: true });
    provider.answer = (n) => (n === 1 ? 500 : 200);
    twin.createDeployment(ONE);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    const [first, second] = provider.hooks;
    expect(second?.event.id).not.toBe(first?.event.id);
    expect(second?.event.payload).toEqual(first?.event.payload);
    expect(second?.signature).toBe(createHmac('sha1', SECRET).update(second!.body).digest('hex'));
  });

  it('are discarded after 24 hours of the shortened clock', async () => {
    const { twin, provider } = await world({ clockFactor: 40_000 });
    provider.answer = () => 503;
    twin.createDeployment(ONE);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    const results = twin.log().filter((entry) => entry.kind === 'webhook.result');
    expect(results.at(-1)).toMatchObject({ outcome: 'discarded', nextInMs: null });
    expect(results.length).toBeGreaterThan(5);
    expect(provider.hooks).toHaveLength(results.length);
  });

  it('are repeated when no server listens', async () => {
    const { twin, provider } = await world({ clockFactor: 100 });
    provider.stop();
    twin.createDeployment(ONE);
    const refused = () =>
      twin.log().filter((e) => e.kind === 'webhook.result' && e.error?.includes('ECONNREFUSED'));
    await twin.waitFor(() => refused().length >= 3, WAIT_MS);
    expect(twin.pendingWebhooks).toBe(1);
    expect(twin.log().some((e) => e.kind === 'webhook.result' && e.outcome === 'delivered')).toBe(false);
  });

  it('wait until an address is set', async () => {
    const { twin, provider, webhookUrl } = await world({ webhookUrl: null });
    twin.createDeployment(ONE);
    expect(twin.pendingWebhooks).toBe(1);
    expect((await call(twin, 'PUT', '/twin/webhook', { url: webhookUrl })).status).toBe(204);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.types()).toEqual(['start']);
  });

  it('are limited in number', async () => {
    const { twin, provider } = await world({ webhookConcurrency: 2 });
    provider.answer = () => null;
    for (let n = 0; n < 5; n++) twin.createDeployment(ONE);
    await twin.waitFor(() => twin.log().filter(({ kind }) => kind === 'webhook.sent').length === 2, WAIT_MS);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(provider.hooks.length).toBeLessThanOrEqual(2);
    expect(twin.pendingWebhooks).toBe(5);
  });
});

describe('a deployment of the twin', () => {
  it('is ready at once without connections', async () => {
    const { twin } = await world();
    const deployment = twin.createDeployment({ project: 'plain' });
    expect(deployment).toMatchObject({ state: 'ready', readyState: 'READY', integrations: null });
    expect(deployment.env).toEqual({});
  });

  it('waits for every action of required connections and gets their secrets', async () => {
    const builds: Record<string, string>[] = [];
    const { twin } = await world({ build: async (_, env) => void builds.push(env) });
    const { id } = twin.createDeployment(TWO);
    await patch(twin, id, { status: 'running', statusText: 'on it' });
    await patch(twin, id, succeeded({ A: '1' }));
    expect(twin.deployment(id)).toMatchObject({
      state: 'waiting',
      integrations: { status: 'pending' },
      unblockedAt: null,
    });
    await patch(twin, id, succeeded({ B: '2' }), { action: 'seed' });
    const done = await twin.waitFor(id, WAIT_MS);
    expect(done).toMatchObject({
      state: 'ready',
      readyState: 'READY',
      integrations: { status: 'ready' },
    });
    expect(done.env).toEqual({ A: '1', B: '2' });
    expect(done.actions.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'pending']);
    expect(done.actions[0]?.reports.map(({ status }) => status)).toEqual(['running', 'succeeded']);
    expect(builds).toEqual([{ A: '1', B: '2' }]);
  });

  it('does not wait for optional actions, but starts them and accepts their reports', async () => {
    const { twin, provider } = await world();
    const connections = [{ ...TWO.connections[1]! }];
    const { id, state } = twin.createDeployment({ project: 'shop', connections });
    expect(state).toBe('ready');
    await twin.waitFor(() => provider.hooks.length === 1, WAIT_MS);
    const options = { installation: 'icfg_2', token: 'token-2', resource: 'cache_1' };
    expect((await patch(twin, id, { status: 'failed' }, options)).status).toBe(202);
    expect(twin.deployment(id)).toMatchObject({
      state: 'ready',
      actions: [{ status: 'failed', required: false }],
    });
  });

  it('keeps the secrets of one deployment out of all others', async () => {
    const { twin } = await world({ webhookUrl: null });
    const first = twin.createDeployment(ONE).id;
    const second = twin.createDeployment(ONE).id;
    await patch(twin, first, SUCCEEDED);
    expect(twin.deployment(first).env).toEqual({ DATABASE_URL: 'postgres://secret' });
    expect(twin.deployment(second)).toMatchObject({ state: 'waiting' });
    expect(twin.deployment(second).env).toEqual({});
    expect(twin.deployment(first).projectId).toBe(twin.deployment(second).projectId);
    expect(twin.deployment(first).url).not.toBe(twin.deployment(second).url);
  });

  it('fails with the text of a failed required action after the others ended', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(TWO);
    await patch(twin, id, { status: 'failed', statusText: 'Branch limit reached (10 of 10)' });
    expect(twin.deployment(id).state).toBe('waiting');
    await patch(twin, id, SUCCEEDED, { action: 'seed' });
    expect(twin.deployment(id)).toMatchObject({
      state: 'error',
      readyState: 'ERROR',
      integrations: { status: 'error', completedAt: expect.any(Number) },
      error: 'branch: Branch limit reached (10 of 10)',
    });
  });

  it('fails when its build fails', async () => {
    const { twin } = await world({ webhookUrl: null });
    const build = () => Promise.reject(new Error('relation "users" does not exist'));
    const { id } = twin.createDeployment(ONE, build);
    await patch(twin, id, SUCCEEDED);
    const done = await twin.waitFor(id, WAIT_MS);
    expect(done).toMatchObject({
      state: 'error',
      error: 'build: relation "users" does not exist',
      integrations: { status: 'ready' },
    });
  });

  it('times out at the deadline; a later report is recorded without effect', async () => {
    const { twin } = await world({ webhookUrl: null, deadlineMs: 50 });
    const { id } = twin.createDeployment(ONE);
    expect(await twin.waitFor(id, WAIT_MS)).toMatchObject({
      readyState: 'ERROR',
      integrations: { status: 'timeout' },
      error: 'integrations did not end in 50 ms: branch is still pending',
    });
    expect((await patch(twin, id, SUCCEEDED)).status).toBe(202);
    expect(twin.deployment(id)).toMatchObject({ integrations: { status: 'timeout' } });
    expect(twin.deployment(id).env).toEqual({});
    expect(twin.log()).toContainEqual(
      expect.objectContaining({ kind: 'late', reason: 'timeout', status: 'succeeded' }),
    );
  });

  it('sends cancel for each action; a later report is late', async () => {
    const { twin, provider } = await world();
    const { id } = twin.createDeployment(ONE);
    await twin.waitFor(() => provider.hooks.length === 1, WAIT_MS);
    expect(twin.cancel(id)).toMatchObject({ state: 'canceled', readyState: 'CANCELED' });
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.types()).toEqual(['start', 'cancel']);
    expect((await patch(twin, id, SUCCEEDED)).status).toBe(202);
    expect(twin.deployment(id)).toMatchObject({
      state: 'canceled',
      actions: [{ status: 'canceled' }],
    });
    expect(twin.deployment(id).env).toEqual({});
    expect(twin.log()).toContainEqual(expect.objectContaining({ kind: 'late', reason: 'canceled' }));
  });

  it('continues without an action that was canceled alone', async () => {
    const { twin, provider } = await world();
    const { id } = twin.createDeployment(TWO);
    twin.cancel(id, 'seed');
    await patch(twin, id, SUCCEEDED);
    expect(twin.deployment(id)).toMatchObject({ state: 'ready', integrations: { status: 'ready' } });
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.hooks.filter(({ event }) => event.type.endsWith('cancel'))).toHaveLength(1);
    const skipped = twin.createDeployment(ONE).id;
    expect(twin.cancel(skipped, 'branch').integrations).toMatchObject({
      status: 'skipped',
      skippedBy: 'user_twin',
    });
  });

  it('aborts its build when it is canceled, and ignores the result of the build', async () => {
    const { twin } = await world({ webhookUrl: null });
    let aborted = false;
    const { id } = twin.createDeployment(ONE, (_, __, signal) => {
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('aborted'));
        }),
      );
    });
    await patch(twin, id, SUCCEEDED);
    expect(twin.deployment(id).readyState).toBe('BUILDING');
    twin.cancel(id);
    await twin.waitFor(() => aborted, WAIT_MS);
    expect(twin.deployment(id)).toMatchObject({ state: 'canceled' });
    expect(twin.deployment(id).error).toBeUndefined();
  });

  it('sends cleanup once when it is deleted', async () => {
    const { twin, provider } = await world();
    const { id } = twin.createDeployment(ONE);
    await patch(twin, id, SUCCEEDED);
    expect(twin.delete(id)).toMatchObject({ state: 'deleted', readyState: 'READY' });
    twin.delete(id);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.types().filter((type) => type === 'cleanup')).toHaveLength(1);
  });

  it('cannot be canceled after it has ended', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment({ project: 'plain' });
    expect(() => twin.cancel(id)).toThrow(`twin: deployment ${id} is ready and cannot be canceled`);
  });
});

describe('reports to the twin', () => {
  it('can repeat the verdict, and the repetition is marked', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    for (let n = 0; n < 2; n++) expect((await patch(twin, id, SUCCEEDED)).status).toBe(202);
    await patch(twin, id, { status: 'running' });
    expect(twin.deployment(id).actions[0]).toMatchObject({ status: 'succeeded' });
    expect(twin.deployment(id).actions[0]?.reports.map(({ effect }) => effect)).toEqual([
      'applied',
      'repeat',
      'stale',
    ]);
    expect(twin.log().filter(({ kind }) => kind === 'violation')).toEqual([]);
  });

  it.each([
    ['another verdict', { status: 'failed' }, 'contradictory-status'],
    ['other secrets', succeeded({ DATABASE_URL: 'postgres://other' }), 'changed-secrets'],
    ['fewer secrets', succeeded({}), 'changed-secrets'],
  ])('violate the contract with %s, and the first verdict stays', async (_, body, rule) => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    await patch(twin, id, SUCCEEDED);
    expect((await patch(twin, id, body)).status).toBe(202);
    const violations = twin.log().filter((entry) => entry.kind === 'violation');
    expect(violations).toMatchObject([
      { rule, deploymentId: id, installationId: 'icfg_1', action: 'branch' },
    ]);
    expect(JSON.stringify(violations)).not.toContain('postgres://');
    expect(twin.deployment(id)).toMatchObject({ state: 'ready' });
    expect(twin.deployment(id).env).toEqual({ DATABASE_URL: 'postgres://secret' });
  });
});

describe('an installation of the twin', () => {
  it('cannot report after its removal, and gets removed and cleanup webhooks', async () => {
    const { twin, provider } = await world();
    const done = twin.createDeployment(ONE).id;
    await patch(twin, done, SUCCEEDED);
    const waiting = twin.createDeployment(ONE).id;
    twin.uninstall('icfg_1');
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    expect(provider.types().toSorted()).toEqual(['cleanup', 'cleanup', 'removed', 'start', 'start']);
    const removed = provider.hooks.find(({ event }) => event.type === 'integration-configuration.removed');
    expect(removed?.event.payload['configuration']).toMatchObject({ id: 'icfg_1' });
    expect((await patch(twin, waiting, SUCCEEDED)).status).toBe(401);
    expect(twin.deployment(waiting)).toMatchObject({ state: 'ready', integrations: { status: 'skipped' } });
    twin.delete(done);
    expect(twin.pendingWebhooks).toBe(0);
  });

  it('can get a new token, and the former one is rejected', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    expect((await call(twin, 'PUT', '/twin/installations/icfg_1', { accessToken: 'fresh' })).status).toBe(
      204,
    );
    expect((await patch(twin, id, {})).status).toBe(401);
    expect((await patch(twin, id, {}, { token: 'fresh' })).status).toBe(202);
    expect(
      (await call(twin, 'PUT', '/twin/installations/icfg_3', { accessToken: 'fresh' })).body.error.message,
    ).toBe('twin: the access token for icfg_3 already belongs to icfg_1');
  });
});

describe('the control API of the twin', () => {
  it('creates, shows, cancels and deletes', async () => {
    const { twin } = await world({ webhookUrl: null });
    const created = await call(twin, 'POST', '/twin/deployments', ONE);
    expect(created).toMatchObject({
      status: 201,
      body: { project: 'shop', gitRef: 'feature-x', state: 'waiting' },
    });
    const path = `/twin/deployments/${created.body.id}`;
    expect((await call(twin, 'GET', path)).body.actions).toEqual([
      {
        installationId: 'icfg_1',
        resourceId: 'db_1',
        action: 'branch',
        required: true,
        status: 'pending',
        statusText: null,
        statusUrl: null,
        reports: [],
      },
    ]);
    expect((await call(twin, 'GET', '/twin/deployments')).body.items).toHaveLength(1);
    expect((await call(twin, 'POST', `${path}/cancel`)).body.state).toBe('canceled');
    expect((await call(twin, 'DELETE', path)).body.state).toBe('deleted');
    expect((await call(twin, 'GET', '/twin')).body).toMatchObject({
      deployments: 1,
      installations: ['icfg_1', 'icfg_2'],
    });
  });

  it.each([
    [
      'POST',
      '/twin/deployments',
      { project: 'a', branch: 'b' },
      400,
      /deployment\.branch is not a known key/,
    ],
    ['POST', '/twin/deployments', {}, 400, /deployment\.project is missing/],
    ['POST', '/twin/deployments', { project: 'a', target: 'prod' }, 400, /deployment\.target/],
    [
      'POST',
      '/twin/deployments',
      { ...ONE, connections: [...ONE.connections!, ...ONE.connections!] },
      400,
      /repeats/,
    ],
    [
      'POST',
      '/twin/deployments',
      { project: 'a', connections: [{ installationId: 'icfg_9', resourceId: 'r', actions: ['x'] }] },
      404,
      /installation icfg_9 not found; PUT/,
    ],
    ['GET', '/twin/deployments/dpl_no', undefined, 404, /deployment dpl_no not found/],
    ['POST', '/twin/deployments/dpl_no/cancel', undefined, 404, /dpl_no not found/],
    [
      'PUT',
      '/twin/faults',
      { api: { status429: { count: 1 } } },
      400,
      /faults\.api\.status429\.retryAfterSeconds/,
    ],
    ['PUT', '/twin/faults', { api: { status418: {} } }, 400, /faults\.api\.status418 is not a known key/],
    ['PUT', '/twin/faults', { webhooks: { delay: { ms: 1, probability: 2 } } }, 400, /delay\.probability/],
    ['PUT', '/twin/faults', { operation: 'start', api: {} }, 400, /faults\.api never happens/],
    ['PUT', '/twin/installations/icfg_1', { token: 'x' }, 400, /body\.token is not a known key/],
    ['DELETE', '/twin/installations/icfg_9', undefined, 404, /icfg_9 not found/],
    ['PUT', '/twin/webhook', { url: 'nowhere' }, 400, /body\.url must be an http/],
    ['PATCH', '/twin/log', undefined, 405, /supports GET/],
    ['GET', '/twin/constructor', undefined, 404, /no route/],
    ['GET', '/twin/nothing', undefined, 404, /no route nothing/],
  ])('%s %s rejects %j with %i', async (method, path, body, status, message) => {
    const { twin } = await world({ webhookUrl: null });
    const answer = await call(twin, method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toMatch(message);
  });

  it('never shows the value of a secret in the log, for any shape of the body', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    await patch(twin, id, { status: 'succeeded', outcomes: { A: 'hidden-1' } });
    await patch(twin, id, { status: 'succeeded', secrets: 'hidden-2' });
    await patch(twin, id, {
      status: 'running',
      outcomes: [{ kind: 'x', secrets: [{ name: 'A', value: 'hidden-3', v: 'hidden-4' }] }],
    });
    await patch(twin, id, null, { raw: '"hidden-5"' });
    await patch(twin, id, succeeded({ A: 'hidden-6' }));
    const answer = await call(twin, 'GET', `/twin/log?deployment=${id}&kind=api`);
    expect(answer.body.entries).toHaveLength(5);
    expect(JSON.stringify(answer.body)).not.toMatch(/hidden|token-1/);
    expect(answer.body.entries[4].body).toEqual({
      status: 'succeeded',
      outcomes: [{ kind: 'resource-secrets', secrets: [{ name: 'A', value: '[redacted]' }] }],
    });
    expect(JSON.stringify(twin.log())).toContain('hidden-6');
    const after = answer.body.entries[3].seq as number;
    expect((await call(twin, 'GET', `/twin/log?kind=api&after=${after}`)).body.entries).toHaveLength(1);
  });
});

describe('the twin', () => {
  it('keeps as many log entries as configured', async () => {
    const received: number[] = [];
    const { twin } = await world({ webhookUrl: null, keepLog: 3, onEntry: ({ seq }) => received.push(seq) });
    for (let n = 0; n < 10; n++) twin.createDeployment({ project: 'plain' });
    expect(received).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
    expect(twin.log().map(({ seq }) => seq)).toEqual([28, 29, 30]);
    const off = await world({ webhookUrl: null, keepLog: false });
    off.twin.createDeployment(ONE);
    expect(off.twin.log()).toEqual([]);
  });

  it('reports the pending actions of a deployment when waiting takes too long', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    await patch(twin, id, { status: 'running', statusText: 'copying' });
    await expect(twin.waitFor(id, 20)).rejects.toThrow(
      `twin: deployment ${id} is still waiting: branch running (copying) after 20 ms`,
    );
    await expect(twin.waitFor('dpl_no', 20)).rejects.toThrow('twin: deployment dpl_no not found');
  });

  it('stops everything when it closes', async () => {
    const { twin, provider } = await world({ clockFactor: 100 });
    provider.answer = () => null;
    const { id } = twin.createDeployment(ONE);
    const waiting = Promise.allSettled([twin.waitFor(id, WAIT_MS)]);
    await twin.waitFor(() => provider.hooks.length > 0 || twin.pendingWebhooks > 0, WAIT_MS);
    await twin.close();
    expect(await waiting).toMatchObject([{ reason: { message: 'twin: closed while waiting' } }]);
    const entries = twin.log().length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(twin.log()).toHaveLength(entries);
    await expect(fetch(twin.url)).rejects.toThrow('fetch failed');
  });

  it('rejects invalid options and a port in use', async () => {
    const { twin } = await world({ webhookUrl: null });
    const start = (options: object) => startTwin({ webhookUrl: null, clientSecret: 's', ...options });
    await expect(start({ deadlineMs: 0 })).rejects.toThrow(
      'twin: option deadlineMs must be a whole number from 1',
    );
    await expect(start({ clientSecret: '' })).rejects.toThrow('twin: option clientSecret must be');
    const port = Number(new URL(twin.url).port);
    await expect(start({ port })).rejects.toThrow(`twin: cannot listen on 127.0.0.1:${port}`);
  });
});
