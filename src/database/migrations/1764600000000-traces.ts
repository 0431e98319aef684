import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the trace of the webhook that created the action. Later work on the action links to it. */
export class Traces1764600000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE action ADD COLUMN traceparent text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE action DROP COLUMN traceparent');
  }
}
