import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Protects the audit feed and the notifications from other roles of the server. Advisory locks and
 * notification channels have no owner: every role that may connect can use all of them. See
 * docs/decisions/0011.
 */
export class SharedServer1764700000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(MARK);
    await notificationChannel(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE notification_channel');
    await db.query(FORMER_MARK);
  }
}

const LAST_DRAWN = `(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM transition_id_seq)
  % 2147483648`;

/**
 * A mark is a shared advisory lock with two keys: 68 * 2^24 plus 24 random bits, and the last id drawn modulo
 * 2^31. Another role cannot lock a random key in advance. The lock is only tried, so an inserting statement
 * never waits here. Processes of the previous version look for the lock of class 68; they count it for any
 * holder, so a failed try does not harm them.
 */
const MARK = `
  CREATE OR REPLACE FUNCTION transition_mark() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    mark integer := (${LAST_DRAWN})::integer;
  BEGIN
    PERFORM pg_try_advisory_xact_lock_shared(68, mark);
    LOOP
      EXIT WHEN
        pg_try_advisory_xact_lock_shared(1140850688 + floor(random() * 16777216)::integer, mark);
    END LOOP;
    RETURN NULL;
  END $$`;

const FORMER_MARK = `
  CREATE OR REPLACE FUNCTION transition_mark() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock_shared(68, (${LAST_DRAWN})::integer);
    RETURN NULL;
  END $$`;

/**
 * Creates the channel under a random name, readable only for roles with rights on this table: a role that
 * knows the name may listen and notify there.
 */
async function notificationChannel(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE notification_channel (
      single boolean PRIMARY KEY DEFAULT true CHECK (single),
      name text NOT NULL CHECK (name ~ '^drawbridge_[0-9a-f]{32}$')
    )`);
  await db.query('REVOKE ALL ON notification_channel FROM PUBLIC');
  await db.query(`
    INSERT INTO notification_channel (name)
    VALUES ('drawbridge_' || replace(gen_random_uuid()::text, '-', ''))`);
}
