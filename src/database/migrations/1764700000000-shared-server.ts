import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Advisory locks and notification channels have no owner: every role that may connect can use all of them. After this migration the audit
 * feed and the notifications work although another role of the server uses the same locks and channels. See docs/decisions/0011.
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

const LAST_DRAWN = `(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM transition_id_seq) % 2147483648`;

/**
 * A mark is a shared advisory lock of two keys: 68 * 2^24 plus 24 random bits, and the last id drawn modulo 2^31. Another role cannot hold
 * a key that is random in exclusive mode beforehand, and the lock is only tried: an inserting statement never waits here. The lock of class
 * 68 is the mark that processes of the version before look for; they count it whoever holds it, so a failed try does no harm to them.
 */
const MARK = `
  CREATE OR REPLACE FUNCTION transition_mark() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    mark integer := (${LAST_DRAWN})::integer;
  BEGIN
    PERFORM pg_try_advisory_xact_lock_shared(68, mark);
    LOOP
      EXIT WHEN pg_try_advisory_xact_lock_shared(1140850688 + floor(random() * 16777216)::integer, mark);
    END LOOP;
    RETURN NULL;
  END $$`;

const FORMER_MARK = `
  CREATE OR REPLACE FUNCTION transition_mark() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock_shared(68, (${LAST_DRAWN})::integer);
    RETURN NULL;
  END $$`;

/** Whoever knows a channel's name may listen and notify there, so the name is random and only roles with rights on this table read it. */
async function notificationChannel(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE notification_channel (
      single boolean PRIMARY KEY DEFAULT true CHECK (single),
      name text NOT NULL CHECK (name ~ '^drawbridge_[0-9a-f]{32}$')
    )`);
  await db.query('REVOKE ALL ON notification_channel FROM PUBLIC');
  await db.query(`
    INSERT INTO notification_channel (name) VALUES ('drawbridge_' || replace(gen_random_uuid()::text, '-', ''))`);
}
