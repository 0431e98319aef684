import { statement, type Session } from '../database/sql.js';

/** Why what Vercel says of an installation's missing deployments is not believed. */
export interface DoubtView {
  /** `none-found`, `many-gone` or `transferred`. */
  reason: string;
  gone: number;
  found: number;
  since: string;
  confirmedBy: string | null;
}

/** A column of `installation`. */
export const DOUBT_COLUMN = `(
  SELECT json_build_object('reason', d.reason, 'gone', d.gone, 'found', d.found, 'confirmedBy', d.confirmed_by,
    'since', to_char(d.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  FROM deployment_doubt d WHERE d.installation_id = installation.id) AS doubt`;

/** Its token may be of the former account: nothing is believed until a deployment is found with it. Answers which are known. */
export async function doubtTransferred(session: Session, ids: readonly string[]): Promise<string[]> {
  const rows = await session.rows<{ id: string }>(TRANSFERRED, [ids]);
  return rows.map(({ id }) => id);
}

/** @returns false when nothing of the installation is in doubt */
export async function confirmGone(
  session: Session,
  id: string,
  by: { actor: `operator:${string}`; reason: string },
): Promise<boolean> {
  const rows = await session.rows(CONFIRM, [id, by.actor, by.reason]);
  return rows.length > 0;
}

/** A new token is tried by the next sweep. */
export async function askAgain(session: Session, id: string): Promise<void> {
  await session.rows(ASK, [id]);
}

/** All that a removed installation has is released anyway. */
export async function endDoubts(session: Session, ids: readonly string[]): Promise<void> {
  await session.rows(END, [ids]);
}

const TRANSFERRED = statement(`
  INSERT INTO deployment_doubt (installation_id, reason)
  SELECT id, 'transferred' FROM installation WHERE id = ANY($1::text[]) AND removed_at IS NULL ORDER BY id
  ON CONFLICT (installation_id) DO UPDATE SET reason = excluded.reason, gone = 0, found = 0,
    since = clock_timestamp(), judged_at = '-infinity', asked_at = NULL, confirmed_at = NULL, confirmed_by = NULL, confirmation = NULL
  RETURNING installation_id AS id`);

const CONFIRM = statement(`
  UPDATE deployment_doubt SET confirmed_at = clock_timestamp(), confirmed_by = $2, confirmation = $3, asked_at = NULL
  WHERE installation_id = $1 RETURNING 1`);

const ASK = statement('UPDATE deployment_doubt SET asked_at = NULL WHERE installation_id = $1');

const END = statement('DELETE FROM deployment_doubt WHERE installation_id = ANY($1::text[])');
