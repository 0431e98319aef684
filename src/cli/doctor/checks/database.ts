import type { DataSource } from 'typeorm';
import { OUTAGES, type Outage, type OutageCause } from '../../../errors/database-error.js';
import type { DatabaseAccess } from '../../../database/connection/pooling.js';
import { CONNECTIONS } from '../../../database/connection/pools.js';
import { detailOf, checkOnce } from '../../../database/connection/preflight.js';
import { failed, ok, type Check } from '../check.js';
import { clockOf, type Skew } from './clock.js';

/** The oldest supported version of PostgreSQL. */
const OLDEST = 15;

/** How to fix an outage. */
const ADVICE: Record<OutageCause, string> = {
  'read-only':
    'set DATABASE_URL to the primary, or run ALTER DATABASE or ROLE … ' +
    'RESET default_transaction_read_only',
  refused: 'check role and password of DATABASE_URL, the rights LOGIN and CONNECT, and pg_hba.conf',
  missing: 'create the database, or set DATABASE_URL to an existing one',
  'no-connections': `raise max_connections or the limit of the role; a process opens up to ${CONNECTIONS}`,
  'not-accepting': 'wait until the server has started; the database requires ALLOW_CONNECTIONS true',
  full: 'give the server disk space or memory',
  slow: 'find out what keeps the server busy or which session holds a lock',
  fault: 'read the log of the database server',
  ended: 'find out what ends the sessions, then run doctor again',
  unreachable: 'check that the server is running and that DATABASE_URL is correct',
};

/** Returns the failed check of an outage; null if there is no outage. */
export function refusedBy(outage: Outage | null, name = 'database'): Check | null {
  if (outage === null) return null;
  const how = outage.cause === 'unreachable' ? 'cannot be reached' : OUTAGES[outage.cause];
  return failed({ name }, `the database ${how}: ${detailOf(outage)}`, ADVICE[outage.cause]);
}

/** Checks version and clock of the database, and whether it accepts writes. */
export async function checkDatabase(database: DataSource, access: DatabaseAccess): Promise<Check[]> {
  const [row]: { number: string; text: string }[] = await database.query(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS text`,
  );
  const { number, text } = row as { number: string; text: string };
  const refused = refusedBy(await checkOnce(access));
  return [
    refused ?? versionOf(Number(number), text),
    clockOf('database-clock', 'the database', await skewOf(database)),
  ];
}

/** Checks the version. `number` is server_version_num, for example 150004. */
export function versionOf(number: number, text: string): Check {
  const about = { name: 'database' };
  if (number >= OLDEST * 10_000) return ok(about, `PostgreSQL ${text} answers`);
  const advice = `move to PostgreSQL ${OLDEST} or later`;
  return failed(about, `PostgreSQL ${text} is older than ${OLDEST}`, advice);
}

/** Measures the clock several times and returns the fastest, most precise result. */
async function skewOf(database: DataSource): Promise<Skew> {
  const samples: Skew[] = [];
  for (let count = 0; count < 3; count++) {
    const before = Date.now();
    const [row]: { ms: string }[] = await database.query(
      'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms',
    );
    const tookMs = Date.now() - before;
    samples.push({ aheadMs: Number(row?.ms) - before - tookMs / 2, precisionMs: tookMs / 2 });
  }
  return samples.toSorted((a, b) => a.precisionMs - b.precisionMs)[0] as Skew;
}
