import type { MigrationInterface, QueryRunner } from 'typeorm';
import { atOnce, inBatches } from '../schema/fill-rows.js';

const SEPARATOR = `'; meanwhile: '`;

/**
 * Splits `status_text`: `failure_text` is why the action failed, `progress_text` is what goes on now.
 * Processes of the previous version read and write `status_text` alone. Two triggers keep both forms equal:
 * each of them fires for the columns that a statement names. A later migration drops `status_text` with the
 * triggers.
 */
export class FailureAndProgress1765200000000 implements MigrationInterface {
  /** The rows are filled in many transactions, so that no worker waits for all of them. */
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await atOnce(db, async () => {
      await db.query(`
        ALTER TABLE action
          ADD COLUMN IF NOT EXISTS failure_text text,
          ADD COLUMN IF NOT EXISTS progress_text text`);
      await splitForThisVersion(db);
      await joinForPreviousVersion(db);
    });
    // The trigger splits the text of each row that names the column.
    await inBatches(
      db,
      'action',
      'status_text IS NOT NULL AND failure_text IS NULL AND progress_text IS NULL',
      'status_text = status_text',
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER action_join_texts ON action');
    await db.query('DROP TRIGGER action_split_text ON action');
    await db.query('DROP FUNCTION action_join_texts(), action_split_text()');
    await db.query('ALTER TABLE action DROP COLUMN failure_text, DROP COLUMN progress_text');
  }
}

/** The previous version puts a blocked removal behind the failure, in these two states alone. */
async function splitForThisVersion(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE OR REPLACE FUNCTION action_split_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.state IN ('failing', 'failed') THEN
        NEW.failure_text := split_part(NEW.status_text, ${SEPARATOR}, 1);
        NEW.progress_text := nullif(
          substr(NEW.status_text, length(NEW.failure_text) + length(${SEPARATOR}) + 1), '');
      ELSE
        NEW.failure_text := NULL;
        NEW.progress_text := NEW.status_text;
      END IF;
      RETURN NEW;
    END $$`);
  await db.query(`
    CREATE OR REPLACE TRIGGER action_split_text BEFORE UPDATE OF status_text ON action
    FOR EACH ROW EXECUTE FUNCTION action_split_text()`);
}

/** The previous version reports what is before the separator, so the failure itself must not contain it. */
async function joinForPreviousVersion(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE OR REPLACE FUNCTION action_join_texts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.status_text := nullif(
        concat_ws(${SEPARATOR}, replace(NEW.failure_text, ${SEPARATOR}, '; '), NEW.progress_text), '');
      RETURN NEW;
    END $$`);
  await db.query(`
    CREATE OR REPLACE TRIGGER action_join_texts BEFORE UPDATE OF failure_text, progress_text ON action
    FOR EACH ROW
    WHEN (OLD.failure_text IS DISTINCT FROM NEW.failure_text
      OR OLD.progress_text IS DISTINCT FROM NEW.progress_text)
    EXECUTE FUNCTION action_join_texts()`);
}
