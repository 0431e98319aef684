import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, ACTIONS, connection, eventually, type World } from '../../support/world.js';
import { startApp, type Answer, type OperatorApp } from './api-app.js';
import { actionIn, deliver, eventBody } from './api-seed.js';

let world: OperatorApp;
beforeAll(async () => {
  world = await startApp();
});
afterAll(() => world.close());

const command = (path: string, reason: unknown = 'because', as: 'viewer' | 'operator' = 'operator') =>
  world.call('POST', `/api/v1/${path}`, { as, body: { reason } });
const get = (path: string): Promise<Answer> => world.call('GET', `/api/v1/${path}`);
const jobs = (id: string): Promise<unknown[]> =>
  world.database.query(`SELECT FROM pgboss.job WHERE singleton_key = $1 AND state = 'created'`, [id]);

describe('an operator command', () => {
  it('queues a failed action again with its deadline and without the last failure', async () => {
    const { id } = await actionIn(world, 'failed');
    const [before] = await world.database.query('SELECT deadline_at FROM action WHERE id = $1', [id]);
    const { status, body } = await command(`actions/${id}/retry`, '  the backend is back ');
    expect(status).toBe(202);
    expect(body).toMatchObject({ id, state: 'queued', outcome: null, reason: null, statusText: null });
    expect(body.deadlineAt).toBe(before.deadline_at.toISOString());
    expect((await get(`actions/${id}`)).body.transitions).toMatchObject([
      {
        event: 'retry',
        from: 'failed',
        to: 'queued',
        actor: 'operator:operator-1',
        reason: 'the backend is back',
      },
    ]);
    expect(await jobs(id)).toHaveLength(1);
  });

  it('releases a succeeded action and keeps its outcome', async () => {
    const { id } = await actionIn(world, 'succeeded');
    const { status, body } = await command(`actions/${id}/release`);
    expect([status, body.state, body.outcome]).toEqual([202, 'releasing', 'succeeded']);
    expect(await jobs(id)).toHaveLength(1);
  });

  it('turns a cancel into the verdict `failed` with the text for the customer', async () => {
    for (const state of ['queued', 'provisioning'] as const) {
      const { id } = await actionIn(world, state);
      const { status, body } = await command(`actions/${id}/cancel`, 'the cluster moves; meanwhile: wait');
      expect(status).toBe(202);
      expect(body).toMatchObject({
        state: 'failing',
        reason: 'canceled-by-operator',
        statusText: 'canceled by the provider: the cluster moves; meanwhile: wait',
      });
      expect((await get(`actions/${id}`)).body.transitions).toMatchObject([
        {
          event: 'abort',
          from: state,
          actor: 'operator:operator-1',
          reason: 'the cluster moves; meanwhile: wait',
        },
      ]);
      expect(await jobs(id)).toHaveLength(1);
    }
  });

  it.each([
    ['deadline_at = now()', 'The deadline has passed'],
    [`failure_report = 'accepted'`, 'Vercel accepted `failed`'],
    [`failure_report = 'unknown'`, 'Vercel may have accepted `failed`'],
    ['failure_report = NULL', 'Vercel may have accepted `failed`'],
    [`reason = 'deployment-settled'`, 'Vercel no longer waits for this deployment'],
  ])('is refused when a retry has no effect: %s', async (set, why) => {
    const { id } = await actionIn(world, 'failed');
    await world.database.query(`UPDATE action SET ${set} WHERE id = $1`, [id]);
    const { status, body } = await command(`actions/${id}/retry`);
    expect([status, body.type, body.state]).toEqual([409, 'urn:drawbridge:problem:conflict', 'failed']);
    expect(body.why).toMatch(new RegExp(`^${why}.*Ask the customer to redeploy\\.$`));
    expect(body.detail).toBe(`action ${id} is failed; ${body.why}`);
    const { commands, transitions, state } = (await get(`actions/${id}`)).body;
    expect([state, transitions]).toEqual(['failed', []]);
    expect(commands[0]).toEqual({ name: 'retry', allowed: false, why: body.why });
  });

  it('is listed with whether it is allowed and why not', async () => {
    const allowed = async (state: Parameters<typeof actionIn>[1]) => {
      const { commands } = (await get(`actions/${(await actionIn(world, state)).id}`)).body;
      for (const { allowed: isAllowed, why } of commands) expect(why === null).toBe(isAllowed);
      return commands.flatMap((one: { name: string; allowed: boolean }) => (one.allowed ? [one.name] : []));
    };
    expect(await allowed('queued')).toEqual(['cancel']);
    expect(await allowed('provisioning')).toEqual(['cancel']);
    expect(await allowed('succeeded')).toEqual(['release']);
    expect(await allowed('failed')).toEqual(['retry']);
  });

  it('does not end a report of `succeeded` that Vercel still waits for', async () => {
    const { id } = await actionIn(world, 'provisioning');
    const beforeDeadline = `UPDATE action SET state = 'reporting', deadline_at = now() + interval '1 minute' WHERE id = $1`;
    await world.database.query(beforeDeadline, [id]);
    expect((await command(`actions/${id}/cancel`)).body.why).toMatch(/may already have accepted `succeeded`/);
    expect((await command(`actions/${id}/release`)).body.why).toMatch(/still waits for the report/);
    await world.database.query('UPDATE action SET deadline_at = now() WHERE id = $1', [id]);
    expect((await command(`actions/${id}/cancel`)).status).toBe(409);
    expect((await command(`actions/${id}/release`)).body).toMatchObject({
      state: 'releasing',
      statusText: null,
    });
  });

  it.each([
    ['retry', 'succeeded', ['failed']],
    ['release', 'failed', ['reporting', 'succeeded']],
    ['release', 'queued', ['reporting', 'succeeded']],
    ['cancel', 'failed', ['queued', 'provisioning']],
    ['cancel', 'succeeded', ['queued', 'provisioning']],
  ] as const)('is refused in other states: %s of %s', async (name, state, allowedStates) => {
    const { id } = await actionIn(world, state);
    const { status, body } = await command(`actions/${id}/${name}`);
    expect([status, body.type]).toEqual([409, 'urn:drawbridge:problem:conflict']);
    expect(body).toMatchObject({ state, allowedStates });
    expect(body.detail).toBe(`action ${id} is ${state}; ${name} is possible in ${allowedStates.join(', ')}`);
    expect((await get(`actions/${id}`)).body.transitions).toEqual([]);
    expect(await jobs(id)).toEqual([]);
  });

  it('is accepted once when several arrive concurrently', async () => {
    const { id } = await actionIn(world, 'failed');
    const answers = await Promise.all(Array.from({ length: 6 }, () => command(`actions/${id}/retry`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409, 409]);
    expect((await get(`actions/${id}`)).body.transitions).toHaveLength(1);
  });

  it.each([
    ['no reason', undefined],
    ['an empty reason', '  '],
    ['a reason that is too long', 'x'.repeat(501)],
    ['a number', 7],
    ['control characters', 'a\u0007b'],
    ['a line separator', 'a\u2028b'],
    ['a text direction override', 'a\u202eb'],
    ['an invisible character', '\u200b'],
  ])('requires a reason and rejects %s', async (_, reason) => {
    const { id } = await actionIn(world, 'failed');
    for (const path of [`actions/${id}/retry`, `deliveries/${await deliver(world)}/replay`]) {
      const { status, body } = await world.call('POST', `/api/v1/${path}`, {
        as: 'operator',
        body: { reason },
      });
      expect([status, body.errors?.[0]?.path]).toEqual([400, 'reason']);
    }
  });

  it('is forbidden to a viewer, and responds 404 for an unknown object', async () => {
    const { id } = await actionIn(world, 'failed');
    for (const path of ['retry', 'release', 'cancel']) {
      expect((await command(`actions/${id}/${path}`, 'x', 'viewer')).status).toBe(403);
      expect((await command(`actions/${randomUUID()}/${path}`)).status).toBe(404);
      expect((await command(`actions/nonsense/${path}`)).status).toBe(404);
    }
    expect((await command(`deliveries/${randomUUID()}/replay`)).status).toBe(404);
    expect((await command('deliveries/nonsense/replay')).status).toBe(404);
    expect((await command(`deliveries/${await deliver(world)}/replay`, 'x', 'viewer')).status).toBe(403);
  });
});

describe('a replay', () => {
  it('is a new delivery of the operator, who is the actor of its transitions', async () => {
    const { id, deployment } = await actionIn(world, 'provisioning');
    const delivery = await deliver(world, { type: 'deployment.integration.action.cancel', deployment });
    const { status, body } = await command(`deliveries/${delivery}/replay`, 'it was lost');
    expect(status).toBe(202);
    expect(body.replayOf).toBe(delivery);
    const again = (await get(`deliveries/${body.delivery}`)).body;
    expect(again).toMatchObject({
      actor: 'operator:operator-1',
      reason: 'it was lost',
      replayOf: delivery,
      verdict: 'moved',
      actionId: id,
      transitions: [
        { event: 'cancel', to: 'canceling', actor: 'operator:operator-1', reason: 'it was lost' },
      ],
    });
    expect(again.body).toBe(eventBody('deployment.integration.action.cancel', 'icfg_1', deployment));
    expect((await get(`deliveries/${delivery}`)).body.replays).toEqual([body.delivery]);
    expect((await get(`actions/${id}`)).body).toMatchObject({ state: 'canceling', reason: null });
    expect(await jobs(id)).toHaveLength(1);
  });

  it('without a transition changes nothing, however often', async () => {
    const { id, deployment } = await actionIn(world, 'succeeded');
    const delivery = await deliver(world, { deployment });
    const made = [
      await command(`deliveries/${delivery}/replay`),
      await command(`deliveries/${delivery}/replay`),
    ];
    expect(new Set(made.map(({ body }) => body.delivery)).size).toBe(2);
    expect((await get(`deliveries/${made[1]?.body.delivery}`)).body.verdict).toBe('no-effect');
    expect((await get(`actions/${id}`)).body).toMatchObject({ state: 'succeeded', transitions: [] });
  });

  it('does not recreate a purged action', async () => {
    const deployment = `dpl_${randomUUID()}`;
    const delivery = await deliver(world, { deployment });
    const { status, body } = await command(`deliveries/${delivery}/replay`);
    expect([status, body.type]).toEqual([409, 'urn:drawbridge:problem:conflict']);
    expect(body.detail).toContain('was purged');
    expect((await get(`actions?deployment=${deployment}`)).body.items).toEqual([]);
  });

  it('does not remove an installation, which requires an admin', async () => {
    const type = 'integration-configuration.removed';
    const event = { id: 'e', type, createdAt: 1, payload: { configuration: { id: 'icfg_1' } } };
    const delivery = await deliver(world, { type, body: JSON.stringify(event) });
    const { status, body } = await command(`deliveries/${delivery}/replay`);
    expect([status, body.type]).toEqual([409, 'urn:drawbridge:problem:conflict']);
  });
});

describe('a live action', () => {
  let live: World;
  beforeAll(async () => {
    live = await createWorld({ actions: ACTIONS.memory });
  });
  afterAll(() => live.close());

  const actionOf = (deployment: string, state: string) =>
    eventually(async () => {
      const { body } = await live.api(`/api/v1/actions?deployment=${deployment}`);
      return body.items[0]?.state === state && (body.items[0] as { id: string; allocationKey: string });
    });
  const post = (path: string, reason: string) =>
    live.api(`/api/v1/${path}`, { method: 'POST', body: JSON.stringify({ reason }) });

  it('has its calls to Vercel on record, without a token', async () => {
    const deployment = live.twin.createDeployment({ project: 'shop', connections: [connection()] });
    const { id, allocationKey } = await actionOf(deployment.id, 'succeeded');
    const body = await eventually(async () => {
      const { body } = await live.api(`/api/v1/actions/${id}`);
      return body.calls.length >= 2 && body;
    });
    expect(body.calls).toMatchObject([
      {
        operation: 'getDeployment',
        method: 'GET',
        status: 200,
        attempt: 1,
        code: null,
        told: null,
        said: null,
      },
      {
        operation: 'updateAction',
        method: 'PATCH',
        status: expect.any(Number),
        attempt: 1,
        code: null,
        told: 'succeeded',
        said: 'ready',
      },
    ]);
    expect(body.calls[1].path).toContain(deployment.id);
    expect(JSON.stringify(body)).not.toContain('token-of-icfg_1');
    expect((await post(`actions/${id}/release`, 'give it back')).status).toBe(202);
    await actionOf(deployment.id, 'released');
    const { body: allocation } = await live.api(`/api/v1/allocations/${allocationKey}`);
    expect(allocation).toMatchObject({ state: 'closed', holders: [], installationId: 'icfg_1' });
    const { body: summary } = await live.api('/api/v1/summary');
    expect(summary.flow.succeeded).toBeGreaterThan(0);
    expect(summary.vercel.calls).toBeGreaterThan(0);
  });
});
