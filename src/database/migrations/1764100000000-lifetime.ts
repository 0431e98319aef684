import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the time of a success, the time of its next deployment check, and the options that an allocation was
 * made with. The indexes contain successes only, so that earlier changes of an action are not slower.
 */
export class Lifetime1764100000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE action ADD COLUMN succeeded_at timestamptz, ADD COLUMN check_at timestamptz');
    await db.query(`UPDATE action SET succeeded_at = updated_at, check_at = now() WHERE state = 'succeeded'`);
    await db.query(
      `CREATE INDEX action_succeeded ON action (action, succeeded_at) WHERE state = 'succeeded'`,
    );
    await db.query(`CREATE INDEX action_check ON action (check_at) WHERE state = 'succeeded'`);
    await db.query(`CREATE INDEX action_installation ON action (installation_id) WHERE state = 'succeeded'`);
    await db.query('CREATE INDEX installation_removed ON installation (id) WHERE removed_at IS NOT NULL');
    await allocationOptions(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE allocation DROP COLUMN options');
    await db.query('DROP INDEX installation_removed');
    await db.query('ALTER TABLE action DROP COLUMN succeeded_at, DROP COLUMN check_at');
    await db.query('DROP INDEX action_installation');
  }
}

/** Existing allocations get the present options of their resources. */
async function allocationOptions(db: QueryRunner): Promise<void> {
  await db.query(`
    ALTER TABLE allocation ADD COLUMN options jsonb NOT NULL DEFAULT '{}'
      CONSTRAINT allocation_options_object CHECK (jsonb_typeof(options) = 'object')`);
  await db.query(`
    UPDATE allocation l SET options = r.settings #> ARRAY['actions', l.identity::jsonb ->> 3]
    FROM resource r
    WHERE l.state <> 'closed'
      AND r.installation_id = l.identity::jsonb ->> 1
      AND r.id = l.identity::jsonb ->> 2
      AND jsonb_typeof(r.settings #> ARRAY['actions', l.identity::jsonb ->> 3]) = 'object'`);
}
