import pg from 'pg';

export interface ArchiveOptions {
  /** Number of actions; each has five transitions. */
  actions: number;
}

/**
 * Fills an empty, migrated database with the data of a busy provider after three months, and analyzes it:
 * most actions released, few failed, 500 installations with 4 resources each, three slugs, 4,000 projects, a
 * few deployments for each git ref.
 */
export async function fillArchive(url: string, { actions }: ArchiveOptions): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Inserts rows in their final state: without triggers and foreign keys, and without indexes until the
    // end.
    await client.query('SET session_replication_role = replica');
    const restore = await dropIndexes(client);
    await client.query(ALLOCATIONS, [actions]);
    await client.query(ACTIONS, [actions]);
    await client.query(TRANSITIONS);
    for (const statement of restore) await client.query(statement);
    await client.query('VACUUM ANALYZE action, transition, allocation');
  } finally {
    await client.end();
  }
}

/** Drops all indexes except those of constraints. Returns the statements that create them again. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; statement: string }>(`
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS statement FROM pg_index
    WHERE indrelid IN ('action'::regclass, 'transition'::regclass, 'allocation'::regclass)
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`);
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ statement }) => statement);
}

/** The id of the n-th thing, the same in every table. */
const ID = (kind: string): string => `md5('${kind}' || n)::uuid`;
/** The time of row n: evenly over 90 days, the last row now. */
const AT = `now() - ($1 - n) * (interval '90 days' / $1)`;

const ALLOCATIONS = `
  INSERT INTO allocation (id, identity, generation, key, state, sealed_seed, closed_at,
    created_at, updated_at, installation_id, resource_id, action)
  SELECT ${ID('allocation')}, 'identity ' || n, 1, 'br-' || n, CASE WHEN held THEN 'open' ELSE 'closed' END,
    CASE WHEN held THEN '\\x00'::bytea END, CASE WHEN held THEN NULL ELSE at END, at, at,
    'icfg_' || n % 500, 'res_' || n % 2000, (ARRAY['branch', 'secrets', 'ready'])[1 + n % 3]
  FROM (SELECT n, n % 100 >= 95 AS held, ${AT} AS at FROM generate_series(1, $1::bigint) n) w`;

const ACTIONS = `
  INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, outcome, reason,
    failure_text, progress_text, attempt, hold, allocation_id, deadline_at, deployment_url, project_id,
    project_name, target, git_ref, git_sha, created_at, updated_at, succeeded_at)
  SELECT ${ID('action')}, 'icfg_' || n % 500, 'dpl_' || n, 'res_' || n % 2000,
    (ARRAY['branch', 'secrets', 'ready'])[1 + n % 3], state, outcome,
    CASE outcome WHEN 'failed' THEN 'deadline' END,
    CASE state WHEN 'failed' THEN 'not ready before the deadline' END,
    CASE state WHEN 'succeeded' THEN 'postgres-branch: made' END, 1,
    CASE WHEN held THEN 'holds' END, ${ID('allocation')}, at, 'shop-' || n || '.vercel.app',
    'prj_' || n % 4000, 'shop-' || n % 4000, CASE WHEN n % 10 = 0 THEN 'production' END,
    'feature/' || n / 5, md5(n::text), at, at, CASE outcome WHEN 'succeeded' THEN at END
  FROM (
    SELECT n, n % 100 >= 95 AS held, ${AT} AS at,
      CASE WHEN n % 100 >= 95 THEN 'succeeded' WHEN n % 100 = 7 THEN 'failed'
        WHEN n % 100 = 3 THEN 'canceled' ELSE 'released' END AS state,
      CASE n % 100 WHEN 7 THEN 'failed' WHEN 3 THEN 'canceled' ELSE 'succeeded' END AS outcome
    FROM generate_series(1, $1::bigint) n
  ) w ORDER BY n`;

const TRANSITIONS = `
  INSERT INTO transition (action_id, event, from_state, to_state, actor, at)
  SELECT a.id, step.event, step.from_state, step.to_state, step.actor,
    a.created_at + step.n * interval '1 second'
  FROM action a CROSS JOIN (VALUES
    (1, 'start', 'none', 'queued', 'vercel'),
    (2, 'begin', 'queued', 'provisioning', 'worker'),
    (3, 'ready', 'provisioning', 'reporting', 'worker'),
    (4, 'accepted', 'reporting', 'succeeded', 'worker'),
    (5, 'release', 'succeeded', 'releasing', 'sweeper')
  ) AS step (n, event, from_state, to_state, actor)
  ORDER BY a.created_at, a.id, step.n`;
