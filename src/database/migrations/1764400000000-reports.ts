import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Stores the reported status and text with each call. The next text of a provisioner replaces the previous
 * one in the action, which was recorded nowhere else.
 */
export class Reports1764400000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE vercel_call ADD COLUMN told text, ADD COLUMN said text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE vercel_call DROP COLUMN told, DROP COLUMN said');
  }
}
