import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the purge of old rows and its record. The audit stays append-only with one exception: a transaction
 * may delete transitions if it records that in `retention_run`, and only of actions that finished before that
 * row's time.
 */
export class Retention1764300000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await runs(db);
    // `hold IS NULL` follows from the state. Naming it reserves this index for the purge.
    await db.query(`
      CREATE INDEX action_finished ON action (updated_at, id)
      WHERE state IN ('failed', 'canceled', 'released') AND hold IS NULL`);
    await allowPurgeOfTransitions(db);
    await allowPurgeOfDeliveries(db);
    await checkDeliveryOfTransition(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER transition_delivery_known ON transition');
    await db.query(`
      ALTER TABLE transition ADD CONSTRAINT transition_delivery_id_fkey
        FOREIGN KEY (delivery_id) REFERENCES delivery (id) NOT VALID`);
    await db.query('DROP TRIGGER delivery_cleared ON delivery');
    await db.query('DROP TRIGGER transition_cleared ON transition');
    await db.query(`
      CREATE OR REPLACE FUNCTION transition_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'transition: the audit is append-only, % is forbidden', TG_OP
          USING ERRCODE = 'restrict_violation';
      END $$`);
    await db.query('DROP INDEX action_finished');
    await db.query('DROP TABLE retention_run');
    await db.query(`
      DROP FUNCTION transition_delivery_known(), delivery_of_retention(), transition_of_finished(),
        retention_run_guard(), retention_announced(text)`);
  }
}

async function runs(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE retention_run (
      id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      subject     text NOT NULL CHECK (subject IN ('deliveries', 'actions')),
      until       timestamptz NOT NULL,
      deliveries  bigint NOT NULL DEFAULT 0,
      actions     bigint NOT NULL DEFAULT 0,
      transitions bigint NOT NULL DEFAULT 0,
      calls       bigint NOT NULL DEFAULT 0,
      started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT retention_run_old CHECK (until <= started_at - interval '48 hours')
    )`);
  await db.query(`
    CREATE FUNCTION retention_run_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.subject, NEW.until, NEW.started_at)
          = (OLD.id, OLD.subject, OLD.until, OLD.started_at)
          AND NEW.deliveries >= OLD.deliveries AND NEW.actions >= OLD.actions
          AND NEW.transitions >= OLD.transitions AND NEW.calls >= OLD.calls THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION 'retention_run: what was cleared away stays on record, % is forbidden', TG_OP
        USING ERRCODE = 'restrict_violation';
    END $$`);
  await db.query(`
    CREATE TRIGGER retention_run_counts_up BEFORE UPDATE OR DELETE ON retention_run
    FOR EACH ROW EXECUTE FUNCTION retention_run_guard()`);
  await db.query(`
    CREATE TRIGGER retention_run_stays BEFORE TRUNCATE ON retention_run
    FOR EACH STATEMENT EXECUTE FUNCTION retention_run_guard()`);
}

async function allowPurgeOfTransitions(db: QueryRunner): Promise<void> {
  // A row written by this transaction has the transaction's id as `xmin`: both commit, or neither does.
  await db.query(`
    CREATE FUNCTION retention_announced(about text) RETURNS boolean LANGUAGE sql AS $$
      SELECT EXISTS (
        SELECT FROM retention_run r
        WHERE r.id = nullif(current_setting('drawbridge.retention_run', true), '')::bigint
          AND r.subject = about AND r.xmin = pg_current_xact_id()::xid)
    $$`);
  await db.query(`
    CREATE OR REPLACE FUNCTION transition_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' AND retention_announced('actions') THEN
        RETURN NULL;
      END IF;
      RAISE EXCEPTION 'transition: the audit is append-only, % is forbidden', TG_OP
        USING ERRCODE = 'restrict_violation';
    END $$`);
  await db.query(`
    CREATE FUNCTION transition_of_finished() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (
        SELECT FROM action a
        JOIN retention_run r ON r.id = current_setting('drawbridge.retention_run')::bigint
        LEFT JOIN allocation l ON l.id = a.allocation_id
        WHERE a.id = OLD.action_id AND a.state IN ('failed', 'canceled', 'released') AND a.hold IS NULL
          AND a.updated_at < r.until AND (l.id IS NULL OR l.state = 'closed')
      ) THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION 'transition: action % is not finished for long enough to clear it away', OLD.action_id
        USING ERRCODE = 'restrict_violation';
    END $$`);
  await db.query(`
    CREATE TRIGGER transition_cleared BEFORE DELETE ON transition
    FOR EACH ROW EXECUTE FUNCTION transition_of_finished()`);
}

async function allowPurgeOfDeliveries(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE FUNCTION delivery_of_retention() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' AND retention_announced('deliveries') THEN
        RETURN NULL;
      END IF;
      RAISE EXCEPTION 'delivery: only a run of retention clears deliveries away, % is forbidden', TG_OP
        USING ERRCODE = 'restrict_violation';
    END $$`);
  await db.query(`
    CREATE TRIGGER delivery_cleared BEFORE DELETE OR TRUNCATE ON delivery
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_of_retention()`);
}

/**
 * A transition keeps the id of its delivery after the delivery's purge, as `replay_of` does. A foreign key
 * would forbid that. This trigger makes the same check when a transition is inserted, at the end of the
 * statement, which may insert the delivery as well.
 */
async function checkDeliveryOfTransition(db: QueryRunner): Promise<void> {
  await db.query('ALTER TABLE transition DROP CONSTRAINT transition_delivery_id_fkey');
  await db.query(`
    CREATE FUNCTION transition_delivery_known() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT EXISTS (SELECT FROM delivery WHERE id = NEW.delivery_id) THEN
        RAISE EXCEPTION 'transition: delivery % is not known', NEW.delivery_id
          USING ERRCODE = 'foreign_key_violation';
      END IF;
      RETURN NULL;
    END $$`);
  await db.query(`
    CREATE TRIGGER transition_delivery_known AFTER INSERT ON transition
    FOR EACH ROW WHEN (NEW.delivery_id IS NOT NULL) EXECUTE FUNCTION transition_delivery_known()`);
}
