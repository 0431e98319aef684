import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A text belongs to the state that it was said in: what is canceled or released says nothing any more. By itself, because these may be very
 * many rows: no lock of the table is held meanwhile, and no row is waited for.
 */
export class StaleTexts1765100000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      UPDATE action SET status_text = NULL WHERE id IN (
        SELECT id FROM action WHERE state IN ('canceled', 'released') AND status_text IS NOT NULL
        ORDER BY id FOR UPDATE SKIP LOCKED)`);
  }

  /** The texts are gone; the version before lives without them. */
  async down(): Promise<void> {
    await Promise.resolve();
  }
}
