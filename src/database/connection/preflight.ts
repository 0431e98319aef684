import { OUTAGES, outageOf, type Outage, type OutageCause } from '../../errors/database-error.js';
import { sanitize } from '../../errors/error-text.js';
import { DatabaseWatch } from './database-watch.js';
import { STORE_POOL } from './pools.js';
import type { DatabaseAccess } from './pooling.js';
import { Sql } from '../sql.js';

/** Outages that a boot does not wait for: somebody has to change something. */
const LASTING: ReadonlySet<string> = new Set<OutageCause>(['read-only', 'refused', 'missing']);

/** Why a process cannot start, in one sentence. */
export class DatabaseRefusal extends Error {
  override readonly name = 'DatabaseRefusal';
}

/** Looks at the database the way the work takes: the same settings, and whether it takes writes. */
export async function lookOnce({
  url,
  pooled,
}: Pick<DatabaseAccess, 'url' | 'pooled'>): Promise<Outage | null> {
  const lent = pooled ? { statementTimeoutMs: 0, pooled } : {};
  const sql = new Sql(url, { ...STORE_POOL, ...lent, name: 'look', max: 1 });
  try {
    return await new DatabaseWatch(sql).look();
  } finally {
    await sql.close();
  }
}

/**
 * Stops a boot or a migration on a database that will go on refusing. One that is away for the moment is
 * waited for by what opens its pools.
 *
 * @throws DatabaseRefusal
 */
export async function refuseUselessDatabase(access: Pick<DatabaseAccess, 'url' | 'pooled'>): Promise<void> {
  const outage = await lookOnce(access);
  if (outage !== null && LASTING.has(outage.cause)) throw new DatabaseRefusal(sentenceOf(outage));
}

/** What a failed boot has to say about the database; null: it failed for another reason. */
export function refusalOf(error: unknown): string | null {
  if (error instanceof DatabaseRefusal) return error.message;
  const outage = outageOf(error);
  return outage === null ? null : sentenceOf(outage);
}

/** `code: what the server says`, without passwords. */
export const detailOf = ({ code, text }: Outage): string =>
  sanitize(text.includes(code) ? text : `${code}: ${text}`);

const sentenceOf = (outage: Outage): string =>
  `drawbridge: the database that DATABASE_URL names ${OUTAGES[outage.cause]} (${detailOf(outage)}); ` +
  '`drawbridge doctor` looks at it more closely';
