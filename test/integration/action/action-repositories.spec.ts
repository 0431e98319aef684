import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionView } from '../../../src/action/claims/action-view.js';
import {
  beginning,
  incoming,
  openRepositories,
  type ActionRepositories,
  type OpenRepositories,
} from '../../support/action-repositories.js';

describe('the action repositories', () => {
  let world: OpenRepositories;
  let repositories: ActionRepositories;
  let other: ActionRepositories;
  beforeAll(async () => {
    world = await openRepositories('store', 2);
    [repositories, other] = world.repositories as [ActionRepositories, ActionRepositories];
  });
  afterAll(() => world?.close());

  const newDeployment = (): string => `dpl_${crypto.randomUUID()}`;
  const actionOf = async (deployment: string) => {
    const [row] = await world.sql<{ id: string; state: string; attempt: number; deadline_ms: number | null }>(
      `SELECT id, state, attempt, extract(epoch FROM deadline_at - created_at)::float8 * 1000 AS deadline_ms
       FROM action WHERE deployment_id = $1`,
      [deployment],
    );
    return row;
  };
  const pathOf = async (id: string): Promise<string[]> => {
    const rows = await world.sql<{ step: string }>(
      `SELECT from_state || ' ' || event || ' ' || to_state || ' by ' || actor AS step FROM transition WHERE action_id = $1 ORDER BY id`,
      [id],
    );
    return rows.map(({ step }) => step);
  };
  const jobsOf = async (id: string): Promise<number> => {
    const [row] = await world.sql<{ count: number }>(
      `SELECT count(*)::int FROM pgboss.job WHERE name = 'action' AND data->>'actionId' = $1 AND singleton_key = $1`,
      [id],
    );
    return row?.count ?? 0;
  };
  /** Returns a started and claimed action with its deployment. */
  async function claimed(): Promise<ActionView & { deployment: string }> {
    const deployment = newDeployment();
    await repositories.intake.receive(incoming('start', deployment));
    const row = await actionOf(deployment);
    const [view] = await repositories.claims.claim([row?.id as string]);
    return { ...(view as ActionView), deployment };
  }

  describe('heal', () => {
    const age = (id: string) =>
      world.sql(`UPDATE action SET updated_at = now() - interval '3 minutes' WHERE id = $1`, [id]);
    const loseJob = (id: string) => world.sql(`DELETE FROM pgboss.job WHERE data->>'actionId' = $1`, [id]);

    it('adds one job for an action with work whose job is lost', async () => {
      const deployment = newDeployment();
      await repositories.intake.receive(incoming('start', deployment));
      const { id } = (await actionOf(deployment)) as { id: string };
      await age(id);
      await repositories.claims.heal();
      expect(await jobsOf(id)).toBe(1); // The action still has its job.
      await loseJob(id);
      await repositories.claims.heal();
      await repositories.claims.heal();
      expect(await jobsOf(id)).toBe(1);
    });

    it('adds no job for a resting action or one that moved recently', async () => {
      const [resting, moving] = [newDeployment(), newDeployment()];
      await repositories.intake.receive(incoming('cancel', resting));
      await repositories.intake.receive(incoming('start', moving));
      const ids = await Promise.all(
        [resting, moving].map(async (one) => (await actionOf(one))?.id as string),
      );
      const [{ id, attempt }] = (await repositories.claims.claim([ids[0] as string])) as [ActionView];
      const gone = { event: 'gone', to: 'canceled', outcome: 'canceled' } as const;
      expect(await repositories.updates.apply({ id, attempt, from: 'canceling', ...gone })).toBe(true);
      await age(ids[0] as string);
      for (const id of ids) await loseJob(id);
      await repositories.claims.heal();
      expect(await Promise.all(ids.map(jobsOf))).toEqual([0, 0]);
    });
  });

  describe('receive', () => {
    it('stores delivery, action, transition and job together', async () => {
      const deployment = newDeployment();
      const item = incoming('start', deployment);
      expect(await repositories.intake.receive(item)).toEqual({ delivery: item.id, result: 'recorded' });
      const action = await actionOf(deployment);
      expect(action).toMatchObject({ state: 'queued', attempt: 0 });
      expect(await pathOf(action?.id as string)).toEqual(['none start queued by vercel']);
      expect(await jobsOf(action?.id as string)).toBe(1);
    });

    it('counts a known event id, and returns the first delivery', async () => {
      const deployment = newDeployment();
      const item = incoming('start', deployment);
      const again = { ...item, id: crypto.randomUUID() };
      await repositories.intake.receive(item);
      expect(await repositories.intake.receive(again)).toEqual({ delivery: item.id, result: 'duplicate' });
      const both = await Promise.all([
        repositories.intake.receive({ ...item, id: crypto.randomUUID() }),
        other.intake.receive({ ...item, id: crypto.randomUUID() }),
      ]);
      expect(both.map(({ result }) => result)).toEqual(['duplicate', 'duplicate']);
      const rows = await world.sql('SELECT id, times FROM delivery WHERE event_id = $1', [item.eventId]);
      expect(rows).toEqual([{ id: item.id, times: 4 }]);
    });

    it('records an event once when its copies arrive concurrently, and counts them', async () => {
      const deployment = newDeployment();
      const first = incoming('start', deployment);
      const copies = Array.from({ length: 5 }, () => ({ ...first, id: crypto.randomUUID() }));
      const receipts = await Promise.all(
        copies.map((copy, index) => (index % 2 ? repositories : other).intake.receive(copy)),
      );
      expect(receipts.filter(({ result }) => result === 'recorded')).toHaveLength(1);
      expect(new Set(receipts.map(({ delivery }) => delivery)).size).toBe(1);
      const [row] = await world.sql('SELECT times FROM delivery WHERE event_id = $1', [first.eventId]);
      expect(row).toEqual({ times: 5 });
    });

    it('applies simultaneous events in their order of arrival', async () => {
      const deployments = Array.from({ length: 20 }, newDeployment);
      await Promise.all(
        deployments.flatMap((id) => [
          repositories.intake.receive(incoming('start', id)),
          repositories.intake.receive(incoming('cancel', id)),
          repositories.intake.receive(incoming('start', id)),
          repositories.intake.receive(incoming('cleanup', id)),
        ]),
      );
      for (const id of deployments) {
        const action = await actionOf(id);
        expect(await pathOf(action?.id as string)).toEqual([
          'none start queued by vercel',
          'queued cancel canceling by vercel',
          'canceling cleanup releasing by vercel',
        ]);
      }
    });

    it('keeps a delivery without an effect', async () => {
      const deployment = newDeployment();
      await repositories.intake.receive(incoming('cleanup', deployment));
      const late = incoming('start', deployment);
      expect(await repositories.intake.receive(late)).toEqual({ delivery: late.id, result: 'recorded' });
      const action = await actionOf(deployment);
      expect(await pathOf(action?.id as string)).toEqual(['none cleanup releasing by vercel']);
      expect(await world.sql('SELECT result FROM delivery WHERE id = $1', [late.id])).toEqual([
        { result: 'recorded' },
      ]);
    });

    it("counts the deadline from Vercel's clock, but not from a future time", async () => {
      const [past, future, canceled] = [newDeployment(), newDeployment(), newDeployment()];
      const now = Date.now();
      await repositories.intake.receive(incoming('start', past, { createdAt: now - 60_000 }));
      await repositories.intake.receive(incoming('start', future, { createdAt: now + 3_600_000 }));
      await repositories.intake.receive(incoming('cancel', canceled));
      expect((await actionOf(past))?.deadline_ms).toBeLessThan(111_000);
      expect((await actionOf(past))?.deadline_ms).toBeGreaterThan(100_000);
      expect((await actionOf(future))?.deadline_ms).toBeLessThanOrEqual(170_000);
      expect((await actionOf(canceled))?.deadline_ms).toBeNull();
    });

    it('rejects only the event that the database rejects', async () => {
      const deployments = Array.from({ length: 9 }, newDeployment);
      const results = await Promise.allSettled(
        deployments.map((id, index) =>
          repositories.intake.receive(incoming('start', id, index === 4 ? { body: 'a\0b' } : {})),
        ),
      );
      expect(results.map(({ status }) => status)).toEqual(
        deployments.map((_, index) => (index === 4 ? 'rejected' : 'fulfilled')),
      );
      expect(await actionOf(deployments[4] as string)).toBeUndefined();
      for (const id of deployments.filter((_, index) => index !== 4))
        expect(await actionOf(id)).toBeDefined();
    });

    it('shares transactions under load', async () => {
      const deployments = Array.from({ length: 150 }, newDeployment);
      await Promise.all(deployments.map((id) => repositories.intake.receive(incoming('start', id))));
      const [row] = await world.sql<{ transactions: number }>(
        `SELECT count(DISTINCT d.xmin::text)::int AS transactions FROM delivery d WHERE deployment_id = ANY($1)`,
        [deployments],
      );
      expect(row?.transactions).toBeLessThanOrEqual(4);
    });

    it('succeeds when two processes receive the same actions in different orders', async () => {
      const deployments = Array.from({ length: 60 }, newDeployment);
      await Promise.all(deployments.map((id) => repositories.intake.receive(incoming('start', id))));
      const events = ['cancel', 'cleanup'] as const;
      const receipts = await Promise.all([
        ...deployments.map((id, index) =>
          repositories.intake.receive(incoming(events[index % 2] as 'cancel', id)),
        ),
        ...deployments
          .toReversed()
          .map((id, index) => other.intake.receive(incoming(events[index % 2] as 'cancel', id))),
      ]);
      expect(new Set(receipts.map(({ result }) => result))).toEqual(new Set(['recorded']));
    });

    it('succeeds while the same actions are claimed', async () => {
      const deployments = Array.from({ length: 80 }, newDeployment);
      await Promise.all(deployments.map((id) => repositories.intake.receive(incoming('start', id))));
      const rows = await world.sql<{ id: string }>('SELECT id FROM action WHERE deployment_id = ANY($1)', [
        deployments,
      ]);
      const ids = rows.map(({ id }) => id);
      const work = Array.from({ length: 6 }, (_, round) => [
        ...deployments.toReversed().map((id) => repositories.intake.receive(incoming('cancel', id))),
        (round % 2 ? repositories : other).claims.claim(ids),
        ...deployments.map((id) => other.intake.receive(incoming('cleanup', id))),
      ]).flat();
      const failed = (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected');
      expect(failed).toEqual([]);
    });
  });

  describe('claim tokens', () => {
    it('are new with every claim, and are not given to resting actions', async () => {
      const action = await claimed();
      expect(action.attempt).toBe(1);
      expect((await other.claims.claim([action.id]))[0]?.attempt).toBe(2);
      await repositories.intake.receive(incoming('cancel', action.deployment));
      const [view] = await repositories.claims.claim([action.id]);
      await repositories.updates.apply({
        id: action.id,
        attempt: 3,
        from: 'canceling',
        event: 'gone',
        to: 'canceled',
        outcome: 'canceled',
      });
      expect(view).toMatchObject({ attempt: 3, state: 'canceling', hold: null });
      expect(await repositories.claims.claim([action.id])).toEqual([]);
    });

    it('prevent writes of a stale claim, also in one batch with the newer claim', async () => {
      const stale = await claimed();
      const [now] = (await repositories.claims.claim([stale.id])) as [ActionView];
      const fail = { from: 'queued', event: 'fail', to: 'failing', reason: 'permanent' } as const;
      const written = await Promise.all([
        repositories.updates.apply({ id: stale.id, attempt: stale.attempt, ...fail, failureText: 'stale' }),
        repositories.updates.apply({
          id: stale.id,
          attempt: now.attempt,
          from: 'queued',
          progressText: 'fresh',
        }),
        repositories.updates.apply({ id: stale.id, attempt: stale.attempt, ...fail, failureText: 'stale' }),
      ]);
      expect(written).toEqual([false, true, false]);
      expect(await repositories.claims.view(stale.id, now.attempt)).toMatchObject({
        state: 'queued',
        failureText: null,
        progressText: 'fresh',
      });
    });

    it('prevent reads of a stale claim, also in one batch with the newer claim', async () => {
      const stale = await claimed();
      const [now] = (await repositories.claims.claim([stale.id])) as [ActionView];
      const views = await Promise.all([
        repositories.claims.view(stale.id, stale.attempt),
        repositories.claims.view(stale.id, now.attempt),
        repositories.claims.view(stale.id, 99),
      ]);
      expect(views.map((view) => view?.attempt)).toEqual([undefined, 2, undefined]);
    });

    it('allow begin once, for the newest claim', async () => {
      const stale = await claimed();
      const [now] = (await repositories.claims.claim([stale.id])) as [ActionView];
      const begun = await Promise.all([
        repositories.updates.begin(beginning(stale, stale.id)),
        repositories.updates.begin(beginning(now, stale.id)),
        repositories.updates.begin(beginning(stale, stale.id)),
      ]);
      expect(begun.map((allocation) => allocation?.key)).toEqual([undefined, stale.id, undefined]);
    });

    it('are listed as changed when the action or its claim changed', async () => {
      const [unchanged, moved, overtaken] = await Promise.all([claimed(), claimed(), claimed()]);
      await repositories.intake.receive(incoming('cancel', moved.deployment));
      await repositories.claims.claim([overtaken.id]);
      const changed = await repositories.claims.changed([unchanged, moved, overtaken]);
      expect(changed.sort()).toEqual([moved.id, overtaken.id].sort());
    });
  });

  describe('a provision call', () => {
    it('is stray once another worker claims the action, and delays the deprovisioning', async () => {
      const action = await claimed();
      await repositories.updates.begin(beginning(action, action.id));
      await repositories.intake.receive(incoming('cancel', action.deployment));
      const [view] = (await other.claims.claim([action.id])) as [ActionView];
      expect(view.hold).toBe('holds');
      const guard = { id: action.id, attempt: view.attempt, from: 'canceling' } as const;
      expect(await other.updates.releaseHold({ ...guard, to: 'canceled', outcome: 'canceled' })).toBe(
        'closes',
      );
      const closing = await other.claims.view(action.id, view.attempt);
      expect(closing?.strayMs).toBeGreaterThan(20_000);
      expect(closing?.strayMs).toBeLessThanOrEqual(30_000);
    });

    it('is not stray after it has returned', async () => {
      const action = await claimed();
      await repositories.updates.begin(beginning(action, action.id));
      const guard = { id: action.id, attempt: action.attempt };
      await repositories.updates.apply({
        ...guard,
        from: 'provisioning',
        call: 'settled',
        handle: { value: { n: 1 }, seen: null },
      });
      await repositories.intake.receive(incoming('cancel', action.deployment));
      const [view] = (await other.claims.claim([action.id])) as [ActionView];
      await other.updates.releaseHold({
        id: action.id,
        attempt: view.attempt,
        from: 'canceling',
        to: 'canceled',
        outcome: 'canceled',
      });
      const closing = await other.claims.view(action.id, view.attempt);
      expect(closing?.strayMs).toBeLessThanOrEqual(0);
      expect(closing?.allocation?.handle).toEqual({ n: 1 });
    });

    it('of another holder delays the deprovisioning too', async () => {
      const [one, two] = await Promise.all([claimed(), claimed()]);
      await Promise.all([
        repositories.updates.begin(beginning(one, one.id)),
        repositories.updates.begin(beginning(two, one.id)),
      ]);
      for (const action of [one, two])
        await repositories.intake.receive(incoming('cleanup', action.deployment));
      const last = { to: 'released', outcome: null, from: 'releasing' } as const;
      await repositories.updates.apply({
        id: two.id,
        attempt: two.attempt,
        from: 'releasing',
        call: 'settled',
      });
      expect(await repositories.updates.releaseHold({ id: one.id, attempt: one.attempt, ...last })).toBe(
        'left',
      );
      expect(await repositories.updates.releaseHold({ id: two.id, attempt: two.attempt, ...last })).toBe(
        'closes',
      );
      expect((await repositories.claims.view(two.id, two.attempt))?.strayMs).toBeGreaterThan(20_000);
    });
  });

  describe('the handle of a shared allocation', () => {
    /** Returns two claimed actions that hold one allocation. */
    async function holders() {
      const [one, two] = await Promise.all([claimed(), claimed()]);
      await repositories.updates.begin(beginning(one, one.id));
      await repositories.updates.begin(beginning(two, one.id));
      const answers = (action: ActionView, seen: unknown, value: unknown) =>
        repositories.updates.apply({
          id: action.id,
          attempt: action.attempt,
          from: 'provisioning',
          call: 'settled',
          progressText: JSON.stringify(value),
          handle: { value, seen },
        });
      const now = async () => {
        const view = await repositories.claims.view(two.id, two.attempt);
        return [view?.allocation?.handle, view?.progressText];
      };
      return { one, two, answers, now };
    }

    it('is not replaced by a caller that did not know the last; its other values are stored', async () => {
      const { one, two, answers, now } = await holders();
      expect(await answers(one, null, { steps: 1 })).toBe(true);
      expect(await answers(one, { steps: 1 }, { steps: 2 })).toBe(true);
      expect(await answers(two, null, { steps: 1 })).toBe(true);
      expect(await now()).toEqual([{ steps: 2 }, '{"steps":1}']);
      await answers(two, { steps: 2 }, { steps: 3 });
      expect((await now())[0]).toEqual({ steps: 3 });
    });

    it('is the one of either caller when two answer concurrently', async () => {
      const { one, two, answers, now } = await holders();
      await Promise.all([answers(one, null, ['one']), answers(two, null, ['two'])]);
      const [handle] = (await now()) as [unknown];
      expect([['one'], ['two']]).toContainEqual(handle);
      await Promise.all([answers(one, null, 'late'), answers(two, null, 'late')]);
      expect((await now())[0]).toEqual(handle);
    });

    it('can change to null and back', async () => {
      const { one, two, answers, now } = await holders();
      for (const [seen, value] of [
        [null, null],
        [null, 1.5],
        [1.5, null],
        [null, { a: [null] }],
      ] as const) {
        await answers(one, seen, value);
        expect((await now())[0]).toEqual(value);
      }
      await answers(two, { a: [null] }, 'x');
      expect((await now())[0]).toBe('x');
    });
  });

  it('a closed allocation has no seed and keeps its last handle', async () => {
    const action = await claimed();
    await repositories.updates.begin(beginning(action, action.id));
    const guard = { id: action.id, attempt: action.attempt };
    await repositories.updates.apply({
      ...guard,
      from: 'provisioning',
      call: 'settled',
      handle: { value: 'h', seen: null },
    });
    await repositories.intake.receive(incoming('cleanup', action.deployment));
    await repositories.updates.releaseHold({ ...guard, from: 'releasing', to: 'released', outcome: null });
    expect(
      await repositories.updates.apply({
        ...guard,
        from: 'releasing',
        event: 'gone',
        to: 'released',
        closes: true,
      }),
    ).toBe(true);
    const [row] = await world.sql(
      'SELECT l.state, l.sealed_seed, l.handle, a.hold FROM action a JOIN allocation l ON l.id = a.allocation_id WHERE a.id = $1',
      [action.id],
    );
    expect(row).toEqual({ state: 'closed', sealed_seed: null, handle: 'h', hold: null });
  });

  it('an action with a hold cannot be written as released', async () => {
    const action = await claimed();
    await repositories.updates.begin(beginning(action, action.id));
    await repositories.intake.receive(incoming('cleanup', action.deployment));
    const gone = {
      id: action.id,
      attempt: action.attempt,
      from: 'releasing',
      event: 'gone',
      to: 'released',
    } as const;
    await expect(repositories.updates.apply(gone)).rejects.toThrow('action_succeeded_owns');
    expect(await repositories.updates.apply({ ...gone, closes: true })).toBe(false);
  });
});
