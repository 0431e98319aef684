import type { DataSource } from 'typeorm';

export interface AllocationRow {
  key: string;
  action: string;
  options: Record<string, unknown>;
  /** True if success was or is being reported to Vercel and the allocation is open. */
  promised: boolean;
  /** The deployments of the actions that hold it. */
  deployments: string[];
}

/** Options that allocations were made with. `live`: number of these allocations that are not closed. */
export interface MadeWith {
  action: string;
  options: Record<string, unknown>;
  live: number;
}

/** Returns the database's time, for comparison with times of rows. */
export async function timeNow(database: DataSource): Promise<string> {
  const [row]: { now: string }[] = await database.query('SELECT clock_timestamp()::text AS now');
  return (row as { now: string }).now;
}

/** Reads every allocation that is not closed. */
export function liveAllocations(database: DataSource): Promise<AllocationRow[]> {
  return database.query(`
    SELECT l.key, l.action, l.options, l.state = 'open' AND held.promised AS promised,
      held.deployments
    FROM allocation l CROSS JOIN LATERAL (
      SELECT coalesce(bool_or(a.state IN ('reporting', 'succeeded')), false) AS promised,
        coalesce(array_agg(a.deployment_id ORDER BY a.deployment_id), '{}') AS deployments
      FROM action a WHERE a.allocation_id = l.id AND a.hold IS NOT NULL
    ) held
    WHERE l.state <> 'closed' ORDER BY l.key`);
}

export function madeWith(database: DataSource): Promise<MadeWith[]> {
  return database.query(`
    SELECT l.action, l.options, (count(*) FILTER (WHERE l.state <> 'closed'))::int AS live
    FROM allocation l GROUP BY 1, 2 ORDER BY 1, 2`);
}

/** Returns those of `keys` that belong to an allocation, except to one closed before `since`. */
export async function knownKeys(database: DataSource, keys: string[], since: string): Promise<Set<string>> {
  const rows: { key: string }[] = await database.query(
    `SELECT key FROM allocation
     WHERE key = ANY($1::text[]) AND (state <> 'closed' OR closed_at >= $2::timestamptz)`,
    [keys, since],
  );
  return new Set(rows.map(({ key }) => key));
}
