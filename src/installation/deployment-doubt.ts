import { statement, type Session } from '../database/sql.js';

/**
 * Records a doubt: a token may belong to the former account until it finds a deployment. Returns the known
 * ids.
 */
export async function doubtTransferred(session: Session, ids: readonly string[]): Promise<string[]> {
  const rows = await session.rows<{ id: string }>(TRANSFERRED, [ids]);
  return rows.map(({ id }) => id);
}

/** @returns false when the installation is not in doubt */
export async function confirmGone(
  session: Session,
  id: string,
  by: { actor: `operator:${string}`; reason: string },
): Promise<boolean> {
  const rows = await session.rows(CONFIRM, [id, by.actor, by.reason]);
  return rows.length > 0;
}

/** Makes the next sweep try the new token. */
export async function askAgain(session: Session, id: string): Promise<void> {
  await session.rows(ASK, [id]);
}

/** Ends the doubts about removed installations: all their actions are released. */
export async function endDoubts(session: Session, ids: readonly string[]): Promise<void> {
  await session.rows(END, [ids]);
}

const TRANSFERRED = statement(`
  INSERT INTO deployment_doubt (installation_id, reason)
  SELECT id, 'transferred' FROM installation WHERE id = ANY($1::text[]) AND removed_at IS NULL ORDER BY id
  ON CONFLICT (installation_id) DO UPDATE SET
    reason = excluded.reason, gone = 0, found = 0, since = clock_timestamp(), judged_at = '-infinity',
    asked_at = NULL, confirmed_at = NULL, confirmed_by = NULL, confirmation = NULL
  RETURNING installation_id AS id`);

const CONFIRM = statement(`
  UPDATE deployment_doubt SET
    confirmed_at = clock_timestamp(), confirmed_by = $2, confirmation = $3, asked_at = NULL
  WHERE installation_id = $1 RETURNING 1`);

const ASK = statement('UPDATE deployment_doubt SET asked_at = NULL WHERE installation_id = $1');

const END = statement('DELETE FROM deployment_doubt WHERE installation_id = ANY($1::text[])');
