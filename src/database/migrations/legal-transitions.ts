import type { QueryRunner } from 'typeorm';

/**
 * Returns the present condition of the CHECK on transitions. A migration extends it instead of replacing it,
 * so that each migration can be reverted independently.
 */
export async function legalTransitions(db: QueryRunner): Promise<string> {
  const rows = (await db.query(
    `SELECT pg_get_expr(conbin, conrelid) AS text FROM pg_constraint
     WHERE conrelid = 'transition'::regclass AND conname = 'transition_legal'`,
  )) as { text: string }[];
  const text = rows[0]?.text;
  if (text === undefined) throw new Error('migration: the constraint transition_legal is missing');
  return text;
}

/**
 * Replaces the CHECK `name` by `condition` and validates all rows. Writers wait until the migration commits.
 */
export async function replaceCheck(
  db: QueryRunner,
  table: string,
  name: string,
  condition: string,
): Promise<void> {
  await db.query(
    `ALTER TABLE ${table} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} CHECK (${condition}) NOT VALID`,
  );
  await db.query(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`);
}
