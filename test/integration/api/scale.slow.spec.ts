import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource, type Logger } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/database/schema/migrate.js';
import { createQueue, QUEUE, startQueue } from '../../../src/database/queue/queue.js';
import { QUEUES } from '../../../src/database/queue/queue-names.js';
import { STATES, WORKING } from '../../../src/state-machine/action-state.js';
import { listActions } from '../../../src/api/actions/action-list.js';
import type { ActionQuery } from '../../../src/api/actions/action-query.js';
import { InstallationScope } from '../../../src/access/scope/installation-scope.js';
import { AT_REST, HELD } from '../../../src/metrics-endpoint/held-gauges.js';
import { COUNTED_UP_TO } from '../../../src/metrics/definitions/actions.js';
import { JOBS, MOVING, SWEPT } from '../../../src/metrics-endpoint/live-gauges.js';
import { fillArchive } from '../../support/archive.js';
import { readingOptions } from '../../support/entities.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { startDrawbridge } from '../../support/processes.js';
import { environment, VIEWER } from '../../support/world.js';

const ACTIONS = 100_000;
/** Rows of 100,000 that one page may read: its own 51 and those removed by filters beside the index. */
const MOST_ROWS = 3_000;

let database: TestDatabase;
let sql: pg.Client;
let source: DataSource;
const statements: { query: string; parameters: unknown[] }[] = [];
beforeAll(async () => {
  database = await createDatabase('scale');
  await migrate(database.url);
  await fillArchive(database.url, { actions: ACTIONS });
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  const logger = {
    logQuery: (query: string, parameters: unknown[] = []) => void statements.push({ query, parameters }),
  } as unknown as Logger;
  source = await new DataSource({
    ...readingOptions(database.url, 1),
    logging: ['query'],
    logger,
  } as never).initialize();
}, 300_000);
afterAll(async () => {
  await source.destroy();
  await sql.end();
  await database.drop();
});

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Node[];
}

/** Returns the plan nodes of all statements of a list. */
async function plans(query: ActionQuery, scope: InstallationScope): Promise<Node[]> {
  statements.length = 0;
  await listActions(scope, query);
  const nodes: Node[] = [];
  for (const { query: text, parameters } of statements.splice(0)) {
    const { rows } = await sql.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, parameters);
    nodes.push(rows[0]['QUERY PLAN'][0].Plan as Node);
  }
  return nodes.flatMap(flat);
}

const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];

function rowsRead(nodes: Node[]): number {
  const rows = (node: Node): number =>
    node['Actual Loops'] *
    (node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0));
  return nodes
    .filter((node) => node['Relation Name'] === 'action')
    .reduce((sum, node) => sum + rows(node), 0);
}

/** Returns every set of these filters. */
function combinations(values: Required<Omit<ActionQuery, 'limit' | 'cursor'>>): ActionQuery[] {
  const names = Object.keys(values) as (keyof typeof values)[];
  return Array.from({ length: 2 ** names.length }, (_, set) =>
    Object.fromEntries(names.filter((_, n) => (set >> n) & 1).map((name) => [name, values[name]])),
  );
}

/** The values of the n-th action of the archive. */
const valuesOf = (n: number) => ({
  action: ['branch', 'secrets', 'ready'][n % 3] as string,
  installation: `icfg_${n % 500}`,
  resource: `res_${n % 2000}`,
  deployment: `dpl_${n}`,
  project: `shop-${n % 4000}`,
  gitRef: `feature/${Math.floor(n / 5)}`,
  since: new Date(Date.now() - 60 * 86_400_000).toISOString(),
  until: new Date().toISOString(),
});

async function expectIndex(query: ActionQuery, scope: InstallationScope, most = MOST_ROWS): Promise<void> {
  const nodes = await plans(Object.assign(query, { limit: 50 }), scope);
  const scans = nodes.filter((node) => node['Relation Name'] === 'action').map((node) => node['Node Type']);
  expect(scans, JSON.stringify(query)).not.toContain('Seq Scan');
  expect(rowsRead(nodes), JSON.stringify(query)).toBeLessThan(most);
}

describe('the list of 100,000 actions', () => {
  it.each<[string, Required<Omit<ActionQuery, 'limit' | 'cursor'>>]>([
    ['a failed action', { state: ['failed'], outcome: ['failed'], ...valuesOf(50_007) }],
    ['a released action', { state: ['released'], outcome: ['succeeded'], ...valuesOf(50_010) }],
    [
      'values without a common action',
      {
        state: ['canceled'],
        outcome: ['failed'],
        ...valuesOf(50_007),
        resource: 'res_1',
        gitRef: 'feature/1',
        project: 'shop-2',
        action: 'nothing',
      },
    ],
  ])(
    'uses an index for every combination of filters of %s',
    async (_, values) => {
      for (const query of combinations(values))
        await expectIndex(query, InstallationScope.ofEverybody(source));
    },
    300_000,
  );

  // No index has several installations in the order of time, so rows of others are read until a page is full.
  it.each([
    [['icfg_7'], MOST_ROWS],
    [['icfg_7', 'icfg_8', 'icfg_none'], 20_000],
  ])(
    'uses an index for an operator with the installation scope %j',
    async (ids, most) => {
      const operator = { name: 'lim', role: 'viewer', installations: new Set(ids) } as const;
      const scope = InstallationScope.of(operator, source);
      const values = { state: ['failed' as const], outcome: ['failed' as const], ...valuesOf(50_007) };
      for (const query of combinations(values)) await expectIndex(query, scope, most);
    },
    300_000,
  );
});

describe('an export of 500,000 transitions', () => {
  it('streams from a process whose heap is smaller than the export', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'drawbridge-scale-'));
    await writeFile(join(cwd, 'actions.yaml'), 'actions:\n  branch:\n    provisioner: memory\n');
    const env = environment(database.url, 'http://127.0.0.1:9', join(cwd, 'actions.yaml'), 'web');
    const drawbridge = await startDrawbridge(env, cwd, undefined, ['--max-old-space-size=256']);
    try {
      const answer = await fetch(`${drawbridge.url}/api/v1/transitions`, {
        headers: { authorization: `Bearer ${VIEWER}`, accept: 'application/x-ndjson' },
      });
      let lines = 0;
      for await (const chunk of answer.body ?? [])
        for (const byte of chunk as Uint8Array) if (byte === 10) lines++;
      expect(lines).toBe(5 * ACTIONS);
    } finally {
      await drawbridge.stop();
      await rm(cwd, { recursive: true, force: true });
    }
  }, 300_000);
});

describe('the gauges of an archive', () => {
  /** Jobs that ended within the hour that they are kept, and waiting jobs. */
  const JOBS_OF_AN_HOUR = `
    INSERT INTO pgboss.job (name, singleton_key, policy, state, start_after, created_on, completed_on)
    SELECT $1, 'k' || n, 'singleton',
      CASE WHEN n % 100 = 0 THEN 'created' ELSE 'completed' END::pgboss.job_state,
      now() - n * interval '36 ms', now() - n * interval '36 ms',
      CASE WHEN n % 100 = 0 THEN NULL ELSE now() END
    FROM generate_series(1, $2::int) n`;
  const HOUR = 50_000;

  beforeAll(async () => {
    const boss = createQueue(database.url, { supervise: false, max: 1 });
    await startQueue(boss);
    await boss.stop({ graceful: false });
    await sql.query(JOBS_OF_AN_HOUR, [QUEUE, HOUR]);
    await sql.query('VACUUM ANALYZE pgboss.job_common');
  });

  const RESTING = STATES.filter((state) => state !== 'released' && !WORKING.includes(state as never));
  it.each<[string, string, unknown[], number]>([
    ['moving actions', MOVING, [WORKING], 100],
    ['the queues', JOBS, [QUEUES], HOUR / 100 + 100],
    ['the last sweep', SWEPT, [], 100],
    ['resting actions', AT_REST, [RESTING, COUNTED_UP_TO], ACTIONS * 0.08],
    ['held allocations', HELD, [['open', 'closing'], COUNTED_UP_TO], ACTIONS * 0.06],
  ])('read %s by indexes, and few other rows', async (_, text, values, most) => {
    await sql.query('BEGIN');
    await sql.query('SET LOCAL enable_seqscan = off');
    const { rows } = await sql.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
    await sql.query('ROLLBACK');
    const nodes = flat(rows[0]['QUERY PLAN'][0].Plan as Node).filter(
      (node) => node['Relation Name'] !== undefined,
    );
    expect(nodes.length).toBeGreaterThan(0);
    expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
    const read = nodes.reduce(
      (sum, node) =>
        sum + node['Actual Loops'] * (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)),
      0,
    );
    expect(read).toBeLessThanOrEqual(most);
  });
});
