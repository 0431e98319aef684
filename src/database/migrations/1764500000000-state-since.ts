import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the time since which an action is in its state; `updated_at` changes with each progress text. The
 * guard sets it, so that workers of the previous version set it as well. Null for an action at rest since
 * before this column.
 */
export class StateSince1764500000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE action ADD COLUMN state_since timestamptz');
    await db.query(`
      UPDATE action a SET state_since =
        coalesce((SELECT max(t.at) FROM transition t WHERE t.action_id = a.id), a.updated_at)
      WHERE state IN ('queued', 'provisioning', 'reporting', 'failing', 'canceling', 'releasing')`);
    await db.query(guard('NEW.state_since := clock_timestamp();'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(guard(''));
    await db.query('ALTER TABLE action DROP COLUMN state_since');
  }
}

const LEGAL_STEPS = `
  ('queued','provisioning'), ('queued','canceling'), ('queued','releasing'), ('queued','failing'),
  ('provisioning','reporting'), ('provisioning','canceling'), ('provisioning','releasing'),
  ('provisioning','failing'),
  ('reporting','succeeded'), ('reporting','canceling'), ('reporting','releasing'), ('reporting','failing'),
  ('succeeded','canceling'), ('succeeded','releasing'),
  ('failing','failed'), ('failing','releasing'),
  ('failed','queued'), ('failed','releasing'),
  ('canceling','canceled'), ('canceling','releasing'),
  ('canceled','releasing'),
  ('releasing','released')`;

/** The guard as it was, with one more statement before the row is written. */
const guard = (also: string): string => `
  CREATE OR REPLACE FUNCTION action_guard() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      IF NEW.state NOT IN ('queued', 'canceling', 'releasing') THEN
        RAISE EXCEPTION 'action: no action begins in %', NEW.state USING ERRCODE = 'check_violation';
      END IF;
    ELSIF NOT EXISTS (
      SELECT FROM (VALUES ${LEGAL_STEPS}) AS legal (from_state, to_state)
      WHERE from_state = OLD.state AND to_state = NEW.state
    ) THEN
      RAISE EXCEPTION 'action %: % never becomes %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'check_violation';
    END IF;
    ${also}
    RETURN NEW;
  END $$`;
