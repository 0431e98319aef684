import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What Vercel was told stands with the call: a provisioner's words are replaced by its next ones, and were on record nowhere else. */
export class Reports1764400000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE vercel_call ADD COLUMN told text, ADD COLUMN said text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE vercel_call DROP COLUMN told, DROP COLUMN said');
  }
}
