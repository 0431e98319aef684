import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MigrationExecutor, type DataSource } from 'typeorm';
import { createDataSource } from '../../../src/database/schema/data-source.js';
import { migrate } from '../../../src/database/schema/migrate.js';
import type { State } from '../../../src/state-machine/action-state.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import {
  beginning,
  declining,
  incoming,
  openRepositories,
  type ActionRepositories,
} from '../../support/action-repositories.js';

/** The last migration of the version without operator verdicts, skipped actions and evidence. */
const BEFORE = 'Traces1764600000000';

/** One row for each state, as a worker of that version writes it. */
const ROWS: [State, State[], string | null, string | null][] = [
  ['queued', ['queued'], null, null],
  ['provisioning', ['queued', 'provisioning'], 'holds', null],
  ['reporting', ['queued', 'provisioning', 'reporting'], 'holds', null],
  ['succeeded', ['queued', 'provisioning', 'reporting', 'succeeded'], 'holds', 'succeeded'],
  ['failing', ['queued', 'provisioning', 'failing'], 'holds', null],
  ['failed', ['queued', 'failing', 'failed'], null, 'failed'],
  ['canceling', ['canceling'], null, null],
  ['canceled', ['canceling', 'canceled'], null, 'canceled'],
  ['releasing', ['releasing'], null, null],
  ['released', ['releasing', 'released'], null, null],
];

/** Only a failure has two parts. Elsewhere the separator is a part of what a plugin said. */
const textOf = (state: State): string =>
  state === 'failed' ? 'text of failed' : `text of ${state}; meanwhile: busy; meanwhile: so`;
const SPLIT: Partial<Record<State, { failure: string; progress: string | null }>> = {
  failing: { failure: 'text of failing', progress: 'busy; meanwhile: so' },
  failed: { failure: 'text of failed', progress: null },
};

describe('a database of the previous version', () => {
  let database: TestDatabase;
  let source: DataSource;
  let db: pg.Client;
  beforeAll(async () => {
    database = await createDatabase('upgrade');
    source = await createDataSource(database.url, { name: 'upgrade', max: 2 }).initialize();
    db = new pg.Client({ connectionString: database.url });
    await db.connect();
  });
  afterAll(async () => {
    await db?.end();
    await source?.destroy();
    await database?.drop();
  });

  async function undoTo(name: string): Promise<void> {
    const executor = new MigrationExecutor(source);
    executor.transaction = 'each';
    for (;;) {
      const { rows } = await db.query<{ name: string }>(
        'SELECT name FROM drawbridge_migration ORDER BY id DESC LIMIT 1',
      );
      if (rows[0]?.name === name) return;
      await executor.undoLastMigration();
    }
  }

  async function fill(): Promise<void> {
    const allocation = randomUUID();
    await db.query(
      `INSERT INTO allocation (id, identity, generation, key, state, sealed_seed)
       VALUES ($1, $2, 1, 'known', 'open', 'seed'), ($3, 'x', 1, 'odd', 'open', 'seed')`,
      [allocation, '["deployment","icfg_1","r","branch","dpl_1"]', randomUUID()],
    );
    for (const [state, [first, ...rest], hold, outcome] of ROWS) {
      const id = randomUUID();
      await db.query(
        `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state) VALUES ($1, 'icfg_1', $2, 'r', 'branch', $3)`,
        [id, `dpl_${id}`, first],
      );
      for (const to of rest) {
        const holds = ['provisioning', 'reporting', 'succeeded'].includes(to)
          ? 'holds'
          : to === state
            ? hold
            : null;
        await db.query(
          `UPDATE action SET state = $2, hold = $3, outcome = $4, allocation_id = CASE WHEN $3::text IS NULL THEN NULL ELSE $5::uuid END WHERE id = $1`,
          [id, to, holds, to === state ? outcome : null, allocation],
        );
      }
      await db.query('UPDATE action SET status_text = $2 WHERE id = $1', [id, textOf(state)]);
    }
  }

  const rows = async (): Promise<unknown[]> =>
    (await db.query('SELECT state, status_text FROM action ORDER BY state')).rows;
  const texts = async (): Promise<unknown[]> =>
    (await db.query('SELECT failure_text AS failure, progress_text AS progress FROM action ORDER BY state'))
      .rows;

  it('keeps every row through an upgrade, a downgrade and another upgrade', async () => {
    await migrate(database.url);
    await undoTo(BEFORE);
    await fill();
    await migrate(database.url);
    const kept = ROWS.map(([state]) => ({
      state,
      status_text: ['canceled', 'released'].includes(state) ? null : textOf(state),
    })).sort((a, b) => (a.state < b.state ? -1 : 1));
    expect(await rows()).toEqual(kept);
    const split = kept.map(({ state, status_text }) => ({
      failure: null,
      progress: status_text,
      ...SPLIT[state],
    }));
    expect(await texts()).toEqual(split);
    expect((await db.query('SELECT key, action FROM allocation ORDER BY key')).rows).toEqual([
      { key: 'known', action: 'branch' },
      { key: 'odd', action: 'unknown' },
    ]);
    await undoTo(BEFORE);
    expect(await rows()).toEqual(kept);
    await migrate(database.url);
    expect(await rows()).toEqual(kept);
    expect(await texts()).toEqual(split);
    const { rows: loose } = await db.query(
      `SELECT conname FROM pg_constraint WHERE NOT convalidated AND conrelid IN ('action'::regclass, 'transition'::regclass)`,
    );
    expect(loose).toEqual([]);
  });
});

describe('beside a process of the previous version', () => {
  /** The statement of that version for an operator's retry. It does not reset `failure_report`. */
  const RETRY = `
    UPDATE action SET state = 'queued', outcome = NULL, reason = NULL, status_text = NULL,
      deadline_at = clock_timestamp() + interval '170 seconds'
    WHERE id = $1`;

  /** Returns an action that this version failed and the previous version retried, claimed again. */
  async function retriedAction(
    name: string,
  ): Promise<{ repositories: ActionRepositories; id: string; attempt: number }> {
    const { repositories: all, sql, close } = await openRepositories(name, 1);
    onTestFinished(close);
    const [repositories] = all as [ActionRepositories];
    await repositories.intake.receive(incoming('start', 'dpl_1'));
    const [{ id } = { id: '' }] = await sql<{ id: string }>('SELECT id FROM action');
    const claim = async () => (await repositories.claims.claim([id]))[0]?.attempt as number;
    const guard = { id, attempt: await claim() };
    await repositories.updates.apply({
      ...guard,
      from: 'queued',
      event: 'fail',
      to: 'failing',
      reason: 'no-token',
    });
    await repositories.updates.apply({ ...guard, from: 'failing', failureReport: 'none' });
    await repositories.updates.apply({
      ...guard,
      from: 'failing',
      event: 'gone',
      to: 'failed',
      outcome: 'failed',
    });
    await sql(RETRY, [id]);
    return { repositories, id, attempt: await claim() };
  }

  it('a failure after a retry counts as not yet reported', async () => {
    const { repositories, id, attempt } = await retriedAction('beside');
    await repositories.updates.begin(beginning({ id, attempt }, 'again'));
    const actor = 'operator:alice' as const;
    const answer = await repositories.commands.command({
      id,
      command: 'cancel',
      actor,
      reason: 'moving',
      sees: () => true,
    });
    expect(answer.kind).toBe('done');
    expect((await repositories.claims.claim([id]))[0]).toMatchObject({
      state: 'failing',
      failureReport: null,
    });
  });

  it('a failure of an action declined after a retry counts as not yet reported', async () => {
    const { repositories, id, attempt } = await retriedAction('beside-declined');
    await repositories.updates.decline(declining({ id, attempt }, 'fail'));
    expect((await repositories.claims.claim([id]))[0]).toMatchObject({
      state: 'failing',
      failureReport: null,
    });
  });

  describe('with the texts of actions', () => {
    let world: Awaited<ReturnType<typeof openRepositories>>;
    let repositories: (typeof world)['repositories'][number];
    beforeAll(async () => {
      world = await openRepositories('beside-texts', 1);
      repositories = world.repositories[0] as typeof repositories;
    });
    afterAll(() => world?.close());

    async function provisioning() {
      const webhook = incoming('start', `dpl_${randomUUID()}`);
      await repositories.intake.receive(webhook);
      const { deploymentId } = webhook.operation as NonNullable<typeof webhook.operation>;
      const [row] = await world.sql<{ id: string }>('SELECT id FROM action WHERE deployment_id = $1', [
        deploymentId,
      ]);
      const id = row?.id as string;
      const [view] = await repositories.claims.claim([id]);
      const claim = { id, attempt: view?.attempt as number };
      await repositories.updates.begin(beginning(claim, id));
      return claim;
    }

    /** As the guarded update of that version writes a text, with or without a change of state. */
    const wrote = (id: string, state: State, text: string | null, closes = false) =>
      world.sql(
        `UPDATE action a SET state = $2,
           status_text = CASE WHEN $2 <> a.state THEN $3 ELSE coalesce($3, a.status_text) END,
           hold = CASE WHEN $4 THEN NULL ELSE a.hold END,
           outcome = CASE WHEN $4 THEN 'failed' ELSE a.outcome END
         WHERE id = $1`,
        [id, state, text, closes],
      );
    const read = async ({ id, attempt }: { id: string; attempt: number }) => {
      const view = await repositories.claims.view(id, attempt);
      return [view?.failureText, view?.progressText];
    };
    const statusText = async (id: string) =>
      (
        await world.sql<{ text: string | null }>('SELECT status_text AS text FROM action WHERE id = $1', [id])
      )[0]?.text;

    it('reads what that version writes', async () => {
      const claim = await provisioning();
      await wrote(claim.id, 'provisioning', 'copying; meanwhile: 5 %');
      expect(await read(claim)).toEqual([null, 'copying; meanwhile: 5 %']);
      await wrote(claim.id, 'failing', 'copying; meanwhile: 5 %');
      expect(await read(claim)).toEqual(['copying', '5 %']);
      await wrote(claim.id, 'failing', null);
      expect(await read(claim)).toEqual(['copying', '5 %']);
      await wrote(claim.id, 'failing', 'copying; meanwhile: busy');
      expect(await read(claim)).toEqual(['copying', 'busy']);
      await wrote(claim.id, 'failed', 'copying', true);
      expect(await read(claim)).toEqual(['copying', null]);
      await wrote(claim.id, 'queued', null);
      expect(await read(claim)).toEqual([null, null]);
    });

    it('writes what that version reads: nothing of the failure is behind its separator', async () => {
      const { id, attempt } = await provisioning();
      await repositories.updates.apply({
        id,
        attempt,
        from: 'provisioning',
        progressText: 'copying; meanwhile: 5 %',
      });
      expect(await statusText(id)).toBe('copying; meanwhile: 5 %');
      const fail = { from: 'provisioning', event: 'fail', to: 'failing', reason: 'permanent' } as const;
      const failureText = 'no room; meanwhile: on disk';
      await repositories.updates.apply({ id, attempt, ...fail, failureText });
      expect(await statusText(id)).toBe('no room; on disk');
      await repositories.updates.apply({ id, attempt, from: 'failing', progressText: 'busy' });
      expect(await statusText(id)).toBe('no room; on disk; meanwhile: busy');
      expect(await read({ id, attempt })).toEqual([failureText, 'busy']);
    });

    it('knows the slug of an allocation that a worker of that version opened', async () => {
      await world.sql(
        `INSERT INTO allocation (id, identity, generation, key, state, sealed_seed)
         VALUES ($1, $2, 1, 'theirs', 'open', 's')`,
        [randomUUID(), '["git-branch","icfg_1","r","seed-data","prj","preview","main"]'],
      );
      const [row] = await world.sql(`SELECT action FROM allocation WHERE key = 'theirs'`);
      expect(row).toEqual({ action: 'seed-data' });
    });
  });
});
