import type { QueryRunner } from 'typeorm';

/**
 * The condition that the database checks of a transition now. A migration widens it instead of writing it anew, so that each can be
 * undone apart from the others.
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

/** Puts `condition` in the place of the CHECK `name`, and tries it on all rows; writers wait until the migration's commit. */
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
