import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An operator's cancel is a verdict: `abort` leads to `failing`. Whether Vercel has the verdict `failed` is kept with the action, because
 * a retry can help only while Vercel has none. Null for what failed before: nothing is known of it.
 */
export class Verdicts1765000000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE action ADD COLUMN failure_report text
        CONSTRAINT action_failure_report CHECK (failure_report IN ('accepted', 'unknown', 'none'))`);
    await db.query(
      `UPDATE action SET status_text = NULL WHERE state IN ('canceled', 'released') AND status_text IS NOT NULL`,
    );
    await legalize(db, `${LEGAL_BEFORE}, ('queued','abort','failing'), ('provisioning','abort','failing')`);
  }

  /** An audit that knows of an `abort` is append-only and stays: then this fails. */
  async down(db: QueryRunner): Promise<void> {
    await legalize(db, LEGAL_BEFORE);
    await db.query('ALTER TABLE action DROP COLUMN failure_report');
  }
}

const LEGAL_BEFORE = `
  ('none','start','queued'), ('none','cancel','canceling'), ('none','cleanup','releasing'),
  ('queued','begin','provisioning'), ('queued','cancel','canceling'), ('queued','cleanup','releasing'),
  ('queued','fail','failing'), ('queued','release','releasing'),
  ('provisioning','ready','reporting'), ('provisioning','cancel','canceling'), ('provisioning','cleanup','releasing'),
  ('provisioning','fail','failing'), ('provisioning','release','releasing'),
  ('reporting','accepted','succeeded'), ('reporting','cancel','canceling'), ('reporting','cleanup','releasing'),
  ('reporting','refused','failing'), ('reporting','release','releasing'),
  ('succeeded','cancel','canceling'), ('succeeded','cleanup','releasing'), ('succeeded','release','releasing'),
  ('failing','gone','failed'), ('failing','cleanup','releasing'),
  ('failed','retry','queued'), ('failed','cleanup','releasing'),
  ('canceling','gone','canceled'), ('canceling','cleanup','releasing'),
  ('canceled','cleanup','releasing'),
  ('releasing','gone','released')`;

async function legalize(db: QueryRunner, changes: string): Promise<void> {
  await db.query(`
    ALTER TABLE transition DROP CONSTRAINT transition_legal,
      ADD CONSTRAINT transition_legal CHECK ((from_state, event, to_state) IN (${changes}))`);
}
