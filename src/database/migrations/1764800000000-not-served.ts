import type { MigrationInterface, QueryRunner } from 'typeorm';
import { legalTransitions, replaceCheck } from './legal-transitions.js';

const SKIP = `((from_state = 'queued'::text) AND (event = 'skip'::text) AND (to_state = 'reporting'::text))`;
const LEGAL = '(VALUES ';
const LEGAL_WITH_SKIP = `${LEGAL}('queued','reporting'), `;
const OWNS = (reported: string) => `
  CASE
    WHEN state = 'provisioning' THEN hold IS NOT DISTINCT FROM 'holds'
    WHEN state IN ('reporting', 'succeeded') THEN ${reported}
    WHEN state IN ('queued', 'failed', 'canceled', 'released') THEN hold IS NULL
    ELSE true
  END`;
const HOLDS = `hold IS NOT DISTINCT FROM 'holds'`;

/**
 * Lets an action succeed for a deployment that it does not serve: by `skip`, without an allocation. Extends
 * the list of legal changes instead of replacing it, because other migrations extend it as well.
 */
export class NotServed1764800000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE action ADD COLUMN environment text');
    await replaceCheck(
      db,
      'action',
      'action_succeeded_owns',
      OWNS(`${HOLDS} OR (hold IS NULL AND allocation_id IS NULL)`),
    );
    await replaceCheck(db, 'transition', 'transition_legal', `${await legalTransitions(db)} OR ${SKIP}`);
    await rewriteGuard(db, LEGAL, LEGAL_WITH_SKIP);
  }

  async down(db: QueryRunner): Promise<void> {
    await rewriteGuard(db, LEGAL_WITH_SKIP, LEGAL);
    const legal = (await legalTransitions(db)).replace(` OR ${SKIP}`, '');
    await replaceCheck(db, 'transition', 'transition_legal', legal);
    await replaceCheck(db, 'action', 'action_succeeded_owns', OWNS(HOLDS));
    await db.query('ALTER TABLE action DROP COLUMN environment');
  }
}

/** Replaces a text in the guard of `action`, which has its own list of legal changes. */
async function rewriteGuard(db: QueryRunner, from: string, to: string): Promise<void> {
  const rows = (await db.query(`SELECT pg_get_functiondef('action_guard'::regproc) AS text`)) as {
    text: string;
  }[];
  const text = rows[0]?.text;
  if (text?.includes(from) !== true)
    throw new Error('migration: action_guard contains no list of legal changes');
  await db.query(text.replace(from, to));
}
