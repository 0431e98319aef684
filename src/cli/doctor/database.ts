import type { DataSource } from 'typeorm';
import { failed, ok, type Check } from './check.js';
import { clockOf, type Skew } from './clock.js';

/** The oldest version that Drawbridge is made for. */
const OLDEST = 15;

/** Its version and its clock. */
export async function checkDatabase(database: DataSource): Promise<Check[]> {
  const [row]: { number: string; text: string }[] = await database.query(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS text`,
  );
  const { number, text } = row as { number: string; text: string };
  return [versionOf(Number(number), text), clockOf('database-clock', 'the database', await skewOf(database))];
}

/** `number` as in server_version_num: 150004. */
export function versionOf(number: number, text: string): Check {
  const about = { name: 'database' };
  if (number >= OLDEST * 10_000) return ok(about, `PostgreSQL ${text} answers`);
  const advice = `move to PostgreSQL ${OLDEST} or later`;
  return failed(about, `PostgreSQL ${text} is older than ${OLDEST}`, advice);
}

/** The best of a few tries: the one that took the shortest time says it best. */
async function skewOf(database: DataSource): Promise<Skew> {
  const tries: Skew[] = [];
  for (let count = 0; count < 3; count++) {
    const before = Date.now();
    const [row]: { ms: string }[] = await database.query(
      'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms',
    );
    const tookMs = Date.now() - before;
    tries.push({ aheadMs: Number(row?.ms) - before - tookMs / 2, precisionMs: tookMs / 2 });
  }
  return tries.toSorted((a, b) => a.precisionMs - b.precisionMs)[0] as Skew;
}
