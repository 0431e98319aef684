import type { MigrationInterface, QueryRunner } from 'typeorm';
import { legalTransitions, replaceCheck } from './legal-transitions.js';

/** The condition as PostgreSQL prints it; `down` searches for this text. */
const ABORT =
  `((event = 'abort'::text) AND (to_state = 'failing'::text) AND ` +
  `(from_state = ANY (ARRAY['queued'::text, 'provisioning'::text])))`;

/**
 * An operator's cancel is a verdict: `abort` leads to `failing`. The action stores whether Vercel has the
 * verdict `failed`, because a retry can help only while Vercel has none. Null for actions that failed
 * earlier: unknown.
 */
export class Verdicts1765000000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE action ADD COLUMN failure_report text
        CONSTRAINT action_failure_report CHECK (failure_report IN ('accepted', 'unknown', 'none'))`);
    await replaceCheck(db, 'transition', 'transition_legal', `${await legalTransitions(db)} OR ${ABORT}`);
  }

  /** Fails when the append-only audit contains an `abort`. */
  async down(db: QueryRunner): Promise<void> {
    const legal = (await legalTransitions(db)).replace(` OR ${ABORT}`, '');
    await replaceCheck(db, 'transition', 'transition_legal', legal);
    await db.query('ALTER TABLE action DROP COLUMN failure_report');
  }
}
