import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Later work on an action links to the trace of the webhook that made it. */
export class Traces1764600000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE action ADD COLUMN traceparent text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE action DROP COLUMN traceparent');
  }
}
