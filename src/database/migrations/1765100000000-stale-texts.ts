import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Clears the status texts of canceled and released actions: a text belongs to the state that it was written
 * in. A migration of its own, because it may change very many rows: it takes no table lock and skips locked
 * rows.
 */
export class StaleTexts1765100000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      UPDATE action SET status_text = NULL WHERE id IN (
        SELECT id FROM action WHERE state IN ('canceled', 'released') AND status_text IS NOT NULL
        ORDER BY id FOR UPDATE SKIP LOCKED)`);
  }

  /** Does nothing: the previous version works without these texts. */
  async down(): Promise<void> {
    await Promise.resolve();
  }
}
