import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EVENTS,
  next,
  STATES,
  TRANSITIONS,
  type From,
  type State,
} from '../../../src/state-machine/action-state.js';
import { createDataSource } from '../../../src/database/schema/data-source.js';
import { migrate } from '../../../src/database/schema/migrate.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

const FROMS = Object.keys(TRANSITIONS) as From[];
const pairs = <A, B>(as: readonly A[], bs: readonly B[]): [A, B][] =>
  as.flatMap((a) => bs.map((b) => [a, b] as [A, B]));
const legal = (from: From, to: State): boolean => EVENTS.some((event) => next(from, event) === to);

/** The smallest hold and outcome that the CHECKs require for this state. */
const owns = (state: State): { hold: string | null; outcome: string | null } => ({
  hold: ['provisioning', 'reporting', 'succeeded'].includes(state) ? 'holds' : null,
  outcome: ['succeeded', 'failed', 'canceled'].includes(state) ? state : null,
});

/** Returns the states on a shortest path from none to `goal`. */
function pathTo(goal: State): State[] {
  const paths: State[][] = [[]];
  for (const path of paths) {
    const from: From = path.at(-1) ?? 'none';
    for (const event of EVENTS) {
      const to = next(from, event);
      if (to === goal) return [...path, to];
      if (to !== undefined && !paths.some((known) => known.at(-1) === to)) paths.push([...path, to]);
    }
  }
  throw new Error(`no path leads to ${goal}`);
}

describe('the schema', () => {
  let database: TestDatabase;
  let db: pg.Client;
  let allocation: string;

  /** Returns the SQLSTATE of the statement's error, or null without one, and rolls back. */
  async function refusalOf(text: string, values: unknown[] = []): Promise<string | null> {
    await db.query('BEGIN');
    try {
      await db.query(text, values);
      return null;
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await db.query('ROLLBACK');
    }
  }

  const SET = `UPDATE action SET state = $2, hold = $3, outcome = $4, allocation_id = $5 WHERE id = $1`;
  const set = (id: string, state: State): unknown[] => [
    id,
    state,
    owns(state).hold,
    owns(state).outcome,
    allocation,
  ];

  /** Inserts an action that gets to `state` by legal updates, without the repositories. */
  async function actionIn(state: State): Promise<string> {
    const id = crypto.randomUUID();
    const [first, ...rest] = pathTo(state);
    await db.query(
      `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state) VALUES ($1, 'i', $2, 'r', 'a', $3)`,
      [id, id, first],
    );
    for (const to of rest) await db.query(SET, set(id, to));
    return id;
  }

  beforeAll(async () => {
    database = await createDatabase('schema');
    await migrate(database.url);
    db = new pg.Client({ connectionString: database.url });
    await db.connect();
    allocation = crypto.randomUUID();
    await db.query(
      `INSERT INTO allocation (id, identity, generation, key, state, sealed_seed) VALUES ($1, 'x', 1, 'x', 'open', 'seed')`,
      [allocation],
    );
  });
  afterAll(async () => {
    await db?.end();
    await database?.drop();
  });

  it('fills the installation and resource of an allocation that the previous version opens', async () => {
    const identity = JSON.stringify(['git-branch', 'icfg_"1', 'r1', 'branch', 'prj', 'preview', 'main']);
    const { rows } = await db.query(
      `INSERT INTO allocation (id, identity, generation, key, state, sealed_seed)
       VALUES ($1, $2, 1, 'old', 'open', 'seed')
       RETURNING installation_id, resource_id`,
      [crypto.randomUUID(), identity],
    );
    expect(rows).toEqual([{ installation_id: 'icfg_"1', resource_id: 'r1' }]);
  });

  it('accepts exactly the transitions of the table', async () => {
    const id = await actionIn('queued');
    const { rows } = await db.query<{ from: string; event: string; to: string; accepted: boolean }>(
      `WITH tried AS (
         SELECT f AS "from", e AS event, t AS "to", pg_temp.accepts($1, f, e, t) AS accepted
         FROM unnest($2::text[]) f, unnest($3::text[]) e, unnest($4::text[]) t)
       SELECT * FROM tried`,
      await prepareAccepts(id),
    );
    const table = FROMS.flatMap((from) =>
      Object.entries(TRANSITIONS[from]).map(([event, to]) => `${from} ${event} ${to}`),
    );
    expect(rows).toHaveLength((FROMS.length + 1) * (EVENTS.length + 1) * (FROMS.length + 1));
    expect(
      rows
        .filter(({ accepted }) => accepted)
        .map(({ from, event, to }) => `${from} ${event} ${to}`)
        .sort(),
    ).toEqual(table.sort());
  });

  /** Creates a function that tries an insert and rolls it back, so that one statement tries all triples. */
  async function prepareAccepts(id: string): Promise<unknown[]> {
    await db.query(`
      CREATE OR REPLACE FUNCTION pg_temp.accepts(id uuid, f text, e text, t text)
      RETURNS boolean LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO transition (action_id, event, from_state, to_state, actor) VALUES (id, e, f, t, 'worker');
        RAISE EXCEPTION USING ERRCODE = 'DB000';
      EXCEPTION
        WHEN check_violation THEN RETURN false;
        WHEN SQLSTATE 'DB000' THEN RETURN true;
      END $$`);
    return [id, [...FROMS, 'nonsense'], [...EVENTS, 'nonsense'], [...STATES, 'none', 'nonsense']];
  }

  it.each(STATES)('accepts exactly the changes of the table from %s', async (from) => {
    const id = await actionIn(from);
    const accepted: string[] = [];
    for (const to of STATES.filter((state) => state !== from)) {
      const code = await refusalOf(SET, set(id, to));
      if (code === null) accepted.push(to);
      else expect(code, `${from} → ${to}`).toBe('23514');
    }
    expect(accepted.sort()).toEqual(STATES.filter((to) => to !== from && legal(from, to)).sort());
    expect(await refusalOf(SET, [id, 'nonsense', null, null, null])).toBe('23514');
    expect(await refusalOf(SET, [id, 'none', null, null, null])).toBe('23514');
  });

  it('accepts exactly the initial states of the table', async () => {
    const insert = `INSERT INTO action
      (id, installation_id, deployment_id, resource_id, action, state, hold, outcome, allocation_id)
      VALUES (gen_random_uuid(), 'i', 'd', 'r', 'a', $1, $2, $3, $4)`;
    const accepted: State[] = [];
    for (const state of STATES) {
      const { hold, outcome } = owns(state);
      if ((await refusalOf(insert, [state, hold, outcome, allocation])) === null) accepted.push(state);
    }
    expect(accepted.sort()).toEqual(STATES.filter((state) => legal('none', state)).sort());
  });

  it.each(STATES)('accepts exactly the holds that belong to %s', async (state) => {
    const id = await actionIn(state);
    const accepted: unknown[] = [];
    for (const hold of [null, 'holds', 'closes', 'nonsense']) {
      const code = await refusalOf('UPDATE action SET hold = $2, allocation_id = $3 WHERE id = $1', [
        id,
        hold,
        allocation,
      ]);
      if (code === null) accepted.push(hold);
    }
    const working = ['failing', 'canceling', 'releasing'].includes(state);
    expect(accepted).toEqual(working ? [null, 'holds', 'closes'] : [owns(state).hold]);
  });

  it.each(['failed', 'canceled', 'released'] as const)('rejects %s with a hold', async (state) => {
    const from = STATES.find((known) => next(known, 'gone') === state) as State;
    const id = await actionIn(from);
    for (const hold of ['holds', 'closes']) {
      await db.query('UPDATE action SET hold = $2, allocation_id = $3 WHERE id = $1', [id, hold, allocation]);
      const values = [id, state, hold, owns(state).outcome, allocation];
      expect(await refusalOf(SET, values)).toBe('23514');
    }
  });

  it.each(['succeeded', 'failed', 'canceled'] as const)('rejects %s with another outcome', async (state) => {
    const from = STATES.find((known) => legal(known, state)) as State;
    const id = await actionIn(from);
    for (const outcome of [null, ...['succeeded', 'failed', 'canceled'].filter((other) => other !== state)]) {
      expect(await refusalOf(SET, [id, state, owns(state).hold, outcome, allocation])).toBe('23514');
    }
  });

  it('accepts a report without a hold only without an allocation', async () => {
    const id = await actionIn('queued');
    const report = `UPDATE action SET state = 'reporting', hold = NULL, allocation_id = $2 WHERE id = $1`;
    expect(await refusalOf(report, [id, allocation])).toBe('23514');
    expect(await refusalOf(report, [id, null])).toBeNull();
  });

  it('rejects a hold without an allocation', async () => {
    const id = await actionIn('canceling');
    expect(
      await refusalOf(`UPDATE action SET hold = 'holds', allocation_id = NULL WHERE id = $1`, [id]),
    ).toBe('23514');
  });

  it('rejects changes of the audit', async () => {
    const id = await actionIn('queued');
    await db.query(
      `INSERT INTO transition (action_id, event, from_state, to_state, actor) VALUES ($1, 'start', 'none', 'queued', 'vercel')`,
      [id],
    );
    for (const statement of [
      `UPDATE transition SET actor = 'worker'`,
      `UPDATE transition SET reason = 'x' WHERE false`,
      'DELETE FROM transition',
      `DELETE FROM transition WHERE id = -1`,
      'TRUNCATE transition',
      'TRUNCATE action CASCADE',
      'TRUNCATE delivery CASCADE',
      `MERGE INTO transition t USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE`,
    ]) {
      expect(await refusalOf(statement), statement).toBe('23001');
    }
    expect(await refusalOf('DELETE FROM action WHERE id = $1', [id])).toBe('23503');
    expect(await refusalOf('UPDATE action SET id = gen_random_uuid() WHERE id = $1', [id])).toBe('23503');
  });

  it('rejects a transition with an unknown actor, action or delivery', async () => {
    const id = await actionIn('queued');
    const insert = `INSERT INTO transition (action_id, event, from_state, to_state, actor, delivery_id) VALUES ($1, 'start', 'none', 'queued', $2, $3)`;
    for (const actor of ['vercel', 'worker', 'sweeper', 'operator:alice'])
      expect(await refusalOf(insert, [id, actor, null])).toBeNull();
    for (const actor of ['', 'operator', 'operator:', 'unknown', 'the operator:alice'])
      expect(await refusalOf(insert, [id, actor, null]), actor).toBe('23514');
    expect(await refusalOf(insert, [crypto.randomUUID(), 'vercel', null])).toBe('23503');
    expect(await refusalOf(insert, [id, 'vercel', crypto.randomUUID()])).toBe('23503');
  });

  it('accepts one action per operation, one open allocation per identity, no seed when closed', async () => {
    const id = await actionIn('queued');
    const again = `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state)
      SELECT gen_random_uuid(), installation_id, deployment_id, resource_id, action, 'queued'
      FROM action WHERE id = $1`;
    expect(await refusalOf(again, [id])).toBe('23505');
    const open = `INSERT INTO allocation (id, identity, generation, key, state, sealed_seed) VALUES (gen_random_uuid(), $1, $2, $3, $4, $5)`;
    expect(await refusalOf(open, ['x', 2, 'x-2', 'open', 'seed'])).toBe('23505');
    expect(await refusalOf(open, ['x', 2, 'x-2', 'closing', 'seed'])).toBeNull();
    expect(await refusalOf(open, ['x', 1, 'x-2', 'closing', 'seed'])).toBe('23505');
    expect(await refusalOf(open, ['y', 1, 'x', 'open', 'seed'])).toBe('23505');
    expect(await refusalOf(open, ['y', 1, 'y', 'open', null])).toBe('23514');
    expect(await refusalOf(open, ['y', 1, 'Y', 'open', 'seed'])).toBe('23514');
    expect(await refusalOf(open, ['y', 1, 'y'.repeat(64), 'open', 'seed'])).toBe('23514');
    expect(
      await refusalOf(`UPDATE allocation SET state = 'closed', closed_at = now() WHERE id = $1`, [
        allocation,
      ]),
    ).toBe('23514');
    expect(
      await refusalOf(`UPDATE allocation SET state = 'closed', sealed_seed = NULL WHERE id = $1`, [
        allocation,
      ]),
    ).toBe('23514');
  });

  it('reaches every state, and released from every state', () => {
    for (const [from, to] of pairs(FROMS, STATES)) {
      if (to === 'released' && from !== 'released') expect(reaches(from, to), `${from} → ${to}`).toBe(true);
      if (from === 'none') expect(reaches(from, to), `${from} → ${to}`).toBe(true);
    }
  });
});

function reaches(from: From, goal: State, seen = new Set<From>()): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  return Object.values(TRANSITIONS[from]).some((to: State) => to === goal || reaches(to, goal, seen));
}

describe('the migrations', () => {
  /** Tables, columns, constraints, indexes, triggers and functions of the schema public. */
  const CATALOG = `
    SELECT 'column' AS kind, table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
        || coalesce(column_default, '') AS what
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger
      WHERE NOT tgisinternal AND tgrelid::regclass::text !~ '^pgboss'
    UNION ALL SELECT 'function', pg_get_functiondef(oid) FROM pg_proc
      WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1, 2`;

  it('run up, down and up again, and leave nothing', async () => {
    const database = await createDatabase('migrations');
    const source = await createDataSource(database.url, { name: 'test', max: 2 }).initialize();
    try {
      const all = source.migrations.length;
      expect((await source.runMigrations()).length).toBe(all);
      const first: unknown = await source.query(CATALOG);
      for (let left = all; left > 0; left--) await source.undoLastMigration();
      const rest: { what: string }[] = await source.query(CATALOG);
      expect(rest.filter(({ what }) => !what.includes('drawbridge_migration'))).toEqual([]);
      expect((await source.runMigrations()).length).toBe(all);
      expect(await source.query(CATALOG)).toEqual(first);
    } finally {
      await source.destroy();
      await database.drop();
    }
  });

  it('run in several processes at once, and again', async () => {
    const database = await createDatabase('migrations');
    try {
      const done = await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
      expect(done.flat().length).toBeGreaterThan(0);
      expect(new Set(done.flat()).size).toBe(done.flat().length);
      expect(await migrate(database.url)).toEqual([]);
    } finally {
      await database.drop();
    }
  });
});
