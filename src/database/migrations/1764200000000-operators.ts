import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds replays of deliveries, recorded calls to Vercel, and an index for each filter of the API. */
export class Operators1764200000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await replays(db);
    await calls(db);
    await ownersOfAllocations(db);
    for (const [name, on] of STATISTICS) await db.query(`CREATE STATISTICS ${name} ON ${on} FROM action`);
    for (const [name, on] of INDEXES) await db.query(`CREATE INDEX ${name} ON ${on}`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP STATISTICS ${STATISTICS.map(([name]) => name).join(', ')}`);
    await db.query(`DROP INDEX ${INDEXES.map(([name]) => name).join(', ')}`);
    await db.query('DROP TRIGGER allocation_owner ON allocation');
    await db.query('DROP FUNCTION allocation_owner()');
    await db.query('ALTER TABLE allocation DROP COLUMN installation_id, DROP COLUMN resource_id');
    await db.query('DROP TABLE vercel_call');
    await db.query('ALTER TABLE delivery DROP COLUMN actor, DROP COLUMN reason, DROP COLUMN replay_of');
  }
}

/**
 * Correlated columns. Without these statistics, the planner underestimates the rows for two filters, and
 * reads and sorts all rows of one filter.
 */
const STATISTICS = [
  ['action_end', 'state, outcome'],
  ['action_origin', 'installation_id, resource_id, project_id, project_name, git_ref'],
] as const;

/**
 * Lists are sorted by time and id. An index that begins with the filtered column returns a page without
 * sorting.
 */
const INDEXES = [
  ['action_of_installation', 'action (installation_id, created_at, id)'],
  ['action_resource', 'action (resource_id, created_at, id)'],
  ['action_slug', 'action (action, created_at, id)'],
  ['action_git_ref', 'action (git_ref, created_at, id) WHERE git_ref IS NOT NULL'],
  ['action_project_id', 'action (project_id, created_at, id) WHERE project_id IS NOT NULL'],
  ['action_project_name', 'action (project_name, created_at, id) WHERE project_name IS NOT NULL'],
  // Most actions succeed: the index of times finds them fast enough.
  ['action_outcome', `action (outcome, created_at, id) WHERE outcome <> 'succeeded'`],
  ['delivery_type', 'delivery (type, received_at, id)'],
  ['delivery_installation', 'delivery (installation_id, received_at, id) WHERE installation_id IS NOT NULL'],
  ['delivery_replay', 'delivery (replay_of) WHERE replay_of IS NOT NULL'],
  ['delivery_ignored', `delivery (received_at, id) WHERE result = 'ignored'`],
  ['allocation_created', 'allocation (created_at, id)'],
  ['allocation_state', 'allocation (state, created_at, id)'],
  ['allocation_installation', 'allocation (installation_id, created_at, id)'],
  ['allocation_resource', 'allocation (resource_id, created_at, id)'],
  ['transition_at', 'transition (at)'],
  // Actors other than the two that write nearly all transitions.
  ['transition_actor', `transition (actor, id) WHERE actor <> 'vercel' AND actor <> 'worker'`],
  ['transition_event', `transition (event, id) WHERE event IN ('fail', 'refused', 'release', 'retry')`],
  ['vercel_call_action', 'vercel_call (action_id, at)'],
  ['vercel_call_at', 'vercel_call (at)'],
] as const;

/** `replay_of` is not a foreign key: the replay stays on record after the purge of the original. */
async function replays(db: QueryRunner): Promise<void> {
  await db.query(`
    ALTER TABLE delivery
      ADD COLUMN actor text NOT NULL DEFAULT 'vercel' CHECK (actor = 'vercel' OR actor ~ '^operator:.+'),
      ADD COLUMN reason text,
      ADD COLUMN replay_of uuid`);
}

/** No foreign key to action: writes beside the hot path must not lock its rows. */
async function calls(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE vercel_call (
      id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      action_id       uuid NOT NULL,
      installation_id text NOT NULL,
      deployment_id   text NOT NULL,
      operation       text NOT NULL,
      method          text NOT NULL,
      path            text NOT NULL,
      status          integer,
      duration_ms     integer NOT NULL,
      attempt         integer NOT NULL,
      code            text,
      at              timestamptz NOT NULL
    )`);
}

/** Adds the owner as columns, because no index can use the owner inside `identity`. */
async function ownersOfAllocations(db: QueryRunner): Promise<void> {
  await db.query('ALTER TABLE allocation ADD COLUMN installation_id text, ADD COLUMN resource_id text');
  await db.query(`
    UPDATE allocation l SET installation_id = a.installation_id, resource_id = a.resource_id
    FROM action a WHERE a.allocation_id = l.id`);
  // During a rollout, workers of the previous version insert allocations without an owner.
  await db.query(`
    CREATE FUNCTION allocation_owner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.identity ~ '^\\["(deployment|git-branch)",' THEN
        NEW.installation_id := NEW.identity::jsonb ->> 1;
        NEW.resource_id := NEW.identity::jsonb ->> 2;
      END IF;
      RETURN NEW;
    END $$`);
  await db.query(`
    CREATE TRIGGER allocation_owner BEFORE INSERT ON allocation
    FOR EACH ROW WHEN (NEW.installation_id IS NULL) EXECUTE FUNCTION allocation_owner()`);
}
