import type { MigrationInterface, QueryRunner } from 'typeorm';
import { atOnce, inBatches } from '../schema/fill-rows.js';

/** The slug in an identity, a JSON list. */
const slugIn = (identity: string): string => `
  CASE WHEN ${identity} ~ '^\\["(deployment|git-branch)",'
    THEN coalesce(${identity}::jsonb ->> 3, 'unknown')
    ELSE 'unknown'
  END`;

/**
 * An allocation names the slug of its actions in a column. Workers of the previous version do not write the
 * column: a trigger fills it for them. A later migration drops the trigger.
 */
export class AllocationAction1765300000000 implements MigrationInterface {
  /** The rows are filled in many transactions, so that no worker waits for all of them. */
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await atOnce(db, async () => {
      await db.query('ALTER TABLE allocation ADD COLUMN IF NOT EXISTS action text');
      await fillForPreviousVersion(db);
    });
    await inBatches(db, 'allocation', 'action IS NULL', `action = ${slugIn('identity')}`);
    await requireAction(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER allocation_action ON allocation');
    await db.query('DROP FUNCTION allocation_action()');
    await db.query('ALTER TABLE allocation DROP COLUMN action');
  }
}

async function fillForPreviousVersion(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE OR REPLACE FUNCTION allocation_action() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.action := ${slugIn('NEW.identity')};
      RETURN NEW;
    END $$`);
  await db.query(`
    CREATE OR REPLACE TRIGGER allocation_action BEFORE INSERT ON allocation
    FOR EACH ROW WHEN (NEW.action IS NULL) EXECUTE FUNCTION allocation_action()`);
}

/** The CHECK is validated while others write. With it, SET NOT NULL reads no row while it locks the table. */
async function requireAction(db: QueryRunner): Promise<void> {
  const check = 'allocation_action_known';
  await db.query(`
    ALTER TABLE allocation
      DROP CONSTRAINT IF EXISTS ${check},
      ADD CONSTRAINT ${check} CHECK (action IS NOT NULL) NOT VALID`);
  await db.query(`ALTER TABLE allocation VALIDATE CONSTRAINT ${check}`);
  await atOnce(db, async () => {
    // One statement would drop the constraint first, and then read the whole table.
    await db.query('ALTER TABLE allocation ALTER COLUMN action SET NOT NULL');
    await db.query(`ALTER TABLE allocation DROP CONSTRAINT ${check}`);
  });
}
