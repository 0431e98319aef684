import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HoldReleaseResult } from '../../../src/action/updates/release-hold.js';
import {
  beginning,
  incoming,
  openRepositories,
  type ActionRepositories,
  type OpenRepositories,
} from '../../support/action-repositories.js';

const ROUNDS = 100;

interface Claimed {
  id: string;
  attempt: number;
}

describe('the release of a shared allocation', () => {
  let world: OpenRepositories;
  let one: ActionRepositories;
  let other: ActionRepositories;
  beforeAll(async () => {
    world = await openRepositories('hold_release', 2);
    [one, other] = world.repositories as [ActionRepositories, ActionRepositories];
  });
  afterAll(() => world?.close());

  /** Returns claimed actions, each with its own deployment. */
  async function queued(count: number): Promise<Claimed[]> {
    const deployments = Array.from({ length: count }, () => `dpl_${crypto.randomUUID()}`);
    await Promise.all(deployments.map((id) => one.intake.receive(incoming('start', id))));
    const rows = await world.sql<{ id: string }>(
      'SELECT id FROM action WHERE deployment_id = ANY($1) ORDER BY array_position($1, deployment_id)',
      [deployments],
    );
    const views = await one.claims.claim(rows.map(({ id }) => id));
    return rows.map(({ id }) => ({ id, attempt: views.find((view) => view.id === id)?.attempt as number }));
  }

  /** Returns `groups` groups of `holders` actions in `releasing`. Each group holds one allocation. */
  async function releasing(groups: number, holders: number): Promise<Claimed[][]> {
    const claimed = await queued(groups * holders);
    const of = (index: number): string => `shared-${claimed[index - (index % holders)]?.id}`;
    await Promise.all(claimed.map((claim, index) => one.updates.begin(beginning(claim, of(index)))));
    await Promise.all(claimed.map((claim) => release(one, claim)));
    return Array.from({ length: groups }, (_, group) =>
      claimed.slice(group * holders, (group + 1) * holders),
    );
  }

  const release = (repositories: ActionRepositories, { id, attempt }: Claimed): Promise<boolean> =>
    repositories.updates.apply({
      id,
      attempt,
      from: 'provisioning',
      event: 'release',
      to: 'releasing',
      call: 'settled',
    });

  const releaseHold = (
    repositories: ActionRepositories,
    { id, attempt }: Claimed,
  ): Promise<HoldReleaseResult> =>
    repositories.updates.releaseHold({ id, attempt, from: 'releasing', to: 'released', outcome: null });

  const allocationOf = async ({ id }: Claimed) => {
    const [row] = await world.sql<{ state: string; generation: number; hold: string | null; action: string }>(
      `SELECT l.state, l.generation, a.hold, a.state AS action FROM action a JOIN allocation l ON l.id = a.allocation_id WHERE a.id = $1`,
      [id],
    );
    return row;
  };

  it('closes it with its last holder, not with an earlier one', async () => {
    const [[first, last]] = (await releasing(1, 2)) as [[Claimed, Claimed]];
    expect(await releaseHold(one, first)).toBe('left');
    expect(await allocationOf(first)).toEqual({
      state: 'open',
      generation: 1,
      hold: null,
      action: 'released',
    });
    expect(await releaseHold(other, last)).toBe('closes');
    expect(await allocationOf(last)).toEqual({
      state: 'closing',
      generation: 1,
      hold: 'closes',
      action: 'releasing',
    });
  });

  it('succeeds once per holder, and reports a repetition as moved', async () => {
    const [[first, last]] = (await releasing(1, 2)) as [[Claimed, Claimed]];
    const again = await Promise.all([
      releaseHold(one, first),
      releaseHold(other, first),
      releaseHold(one, first),
    ]);
    expect(again.sort()).toEqual(['left', 'moved', 'moved']);
    const end = await Promise.all([releaseHold(one, last), releaseHold(one, last), releaseHold(other, last)]);
    expect(end.sort()).toEqual(['closes', 'moved', 'moved']);
  });

  it('ignores a holder with a stale claim', async () => {
    const [[first, last]] = (await releasing(1, 2)) as [[Claimed, Claimed]];
    await other.claims.claim([first.id]);
    expect(await releaseHold(one, first)).toBe('moved');
    expect(await releaseHold(one, last)).toBe('left');
    expect(await releaseHold(other, { ...first, attempt: first.attempt + 1 })).toBe('closes');
  });

  it.each([2, 5])(
    `closes it exactly once when %i holders release it concurrently, in ${ROUNDS} rounds`,
    async (holders) => {
      const groups = await releasing(ROUNDS, holders);
      for (const group of groups) {
        const results = await Promise.all(
          group.map((claim, index) => releaseHold(index % 2 ? one : other, claim)),
        );
        expect(results.filter((result) => result === 'closes')).toHaveLength(1);
        expect(results.filter((result) => result === 'left')).toHaveLength(holders - 1);
      }
    },
  );

  it(`closes ${ROUNDS} allocations exactly once in shared transactions`, async () => {
    const groups = await releasing(ROUNDS, 3);
    const all = await Promise.all(
      groups.flatMap((group, round) =>
        group.map(async (claim, index) => ({
          round,
          result: await releaseHold((round + index) % 2 ? one : other, claim),
        })),
      ),
    );
    for (const [round, results] of Map.groupBy(all, (entry) => entry.round)) {
      const sorted = results.map(({ result }) => result).sort();
      expect(sorted, `round ${round}`).toEqual(['closes', 'left', 'left']);
    }
  });

  it(`lets a concurrent start join before it closes or open another, in ${ROUNDS} rounds`, async () => {
    const groups = await releasing(ROUNDS, 1);
    const starts = await queued(ROUNDS);
    for (const [round, [holder]] of (groups as [Claimed][]).entries()) {
      const start = starts[round] as Claimed;
      const delay = async (turns: number): Promise<void> => {
        for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      };
      const [left, begun] = await Promise.all([
        delay(round % 20).then(() => releaseHold(one, holder)),
        delay(round % 3).then(() => other.updates.begin(beginning(start, `shared-${holder.id}`))),
      ]);
      const now = await allocationOf(start);
      expect(now).toMatchObject({ state: 'open', hold: 'holds' });
      expect(begun?.key).toBe(`shared-${holder.id}${left === 'closes' ? '-2' : ''}`);
      expect(now?.generation).toBe(left === 'closes' ? 2 : 1);
      expect(left).not.toBe('moved');
      await release(one, start);
      expect(await releaseHold(one, start)).toBe('closes');
    }
  });

  it(`is preceded by one allocation for concurrent starts, in ${ROUNDS} rounds`, async () => {
    const starts = await queued(ROUNDS * 2);
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b] = starts.slice(round * 2, round * 2 + 2) as [Claimed, Claimed];
      const keys = await Promise.all([
        one.updates.begin(beginning(a, a.id)),
        other.updates.begin(beginning(b, a.id)),
      ]);
      expect(keys.map((allocation) => allocation?.key)).toEqual([a.id, a.id]);
      expect(keys[0]?.sealedSeed).toEqual(keys[1]?.sealedSeed);
    }
  });

  it('makes later starts open the next generation, while it closes and once it is closed', async () => {
    const [[holder]] = (await releasing(1, 1)) as [[Claimed]];
    const starts = await queued(3);
    const identity = `shared-${holder.id}`;
    expect(await releaseHold(one, holder)).toBe('closes');
    expect((await other.updates.begin(beginning(starts[0] as Claimed, identity)))?.key).toBe(`${identity}-2`);
    const gone = { ...holder, from: 'releasing', event: 'gone', to: 'released', closes: true } as const;
    expect(await one.updates.apply(gone)).toBe(true);
    expect((await other.updates.begin(beginning(starts[1] as Claimed, identity)))?.key).toBe(`${identity}-2`);
    for (const start of starts.slice(0, 2)) await release(one, start);
    expect(await releaseHold(one, starts[0] as Claimed)).toBe('left');
    expect(await releaseHold(one, starts[1] as Claimed)).toBe('closes');
    expect((await other.updates.begin(beginning(starts[2] as Claimed, identity)))?.key).toBe(`${identity}-3`);
  });

  it('leaves no open allocation without a holder, and none with two closing actions', async () => {
    const wrong = await world.sql(
      `SELECT l.id, l.state, count(a.id) FROM allocation l
       LEFT JOIN action a ON a.allocation_id = l.id AND a.hold IS NOT NULL
       GROUP BY l.id
       HAVING (l.state <> 'closed' AND count(a.id) = 0) OR (l.state = 'closing' AND count(a.id) <> 1)`,
    );
    expect(wrong).toEqual([]);
  });
});
