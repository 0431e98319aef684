import type { DataSource } from 'typeorm';
import { OUTAGES, type Outage, type OutageCause } from '../../../errors/database-error.js';
import type { DatabaseAccess } from '../../../database/connection/pooling.js';
import { CONNECTIONS } from '../../../database/connection/pools.js';
import { detailOf, lookOnce } from '../../../database/connection/preflight.js';
import { failed, ok, type Check } from '../check.js';
import { clockOf, type Skew } from './clock.js';

/** The oldest version that Drawbridge is made for. */
const OLDEST = 15;

/** What to do about an outage. */
const ADVICE: Record<OutageCause, string> = {
  'read-only':
    'let DATABASE_URL name the primary, or end it: ALTER DATABASE or ROLE … RESET default_transaction_read_only',
  refused: 'compare the role and the password of DATABASE_URL with the server: LOGIN, CONNECT, pg_hba.conf',
  missing: 'create the database, or let DATABASE_URL name one that exists',
  'no-connections': `raise max_connections, or the limit of the role: each process opens up to ${CONNECTIONS}`,
  'not-accepting': 'wait until the server has started; the database needs ALLOW_CONNECTIONS true',
  full: 'give the server disk space or memory',
  slow: 'see what the server is busy with, or who holds a lock',
  fault: "look at the server's own log",
  ended: 'see who ends sessions, and run it again',
  unreachable: 'see that it runs and that DATABASE_URL names it',
};

/** The check that an outage makes red; null: it is none. */
export function refusedBy(outage: Outage | null, name = 'database'): Check | null {
  if (outage === null) return null;
  const how = outage.cause === 'unreachable' ? 'cannot be reached' : OUTAGES[outage.cause];
  return failed({ name }, `the database ${how}: ${detailOf(outage)}`, ADVICE[outage.cause]);
}

/** Its version, its clock, and whether it takes the writes of a server that is started here. */
export async function checkDatabase(database: DataSource, access: DatabaseAccess): Promise<Check[]> {
  const [row]: { number: string; text: string }[] = await database.query(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS text`,
  );
  const { number, text } = row as { number: string; text: string };
  const refused = refusedBy(await lookOnce(access));
  return [
    refused ?? versionOf(Number(number), text),
    clockOf('database-clock', 'the database', await skewOf(database)),
  ];
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
