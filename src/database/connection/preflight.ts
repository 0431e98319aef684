import { OUTAGES, outageOf, type Outage, type OutageCause } from '../../errors/database-error.js';
import { sanitize } from '../../errors/error-text.js';
import { DatabaseWatch } from './database-watch.js';
import { STORE_POOL } from './pools.js';
import type { DatabaseAccess } from './pooling.js';
import { Sql } from '../sql.js';

/** Outages that end only when a person changes something. The boot does not wait for their end. */
const LASTING: ReadonlySet<string> = new Set<OutageCause>(['read-only', 'refused', 'missing']);

/** The reason why a process cannot start, in one sentence. */
export class DatabaseRefusal extends Error {
  override readonly name = 'DatabaseRefusal';
}

/** Checks once whether the database accepts writes, with the settings of the pool that writes. */
export async function checkOnce({
  url,
  pooled,
}: Pick<DatabaseAccess, 'url' | 'pooled'>): Promise<Outage | null> {
  const poolerOptions = pooled ? { statementTimeoutMs: 0, pooled } : {};
  const sql = new Sql(url, { ...STORE_POOL, ...poolerOptions, name: 'look', max: 1 });
  try {
    return await new DatabaseWatch(sql).look();
  } finally {
    await sql.close();
  }
}

/**
 * Stops a boot or a migration when the database will keep refusing writes. A temporary outage is not an error
 * here: the code that opens the pools waits for its end.
 *
 * @throws DatabaseRefusal
 */
export async function requireWritableDatabase(access: Pick<DatabaseAccess, 'url' | 'pooled'>): Promise<void> {
  const outage = await checkOnce(access);
  if (outage !== null && LASTING.has(outage.cause)) throw new DatabaseRefusal(sentenceOf(outage));
}

/** Describes the database problem that made a boot fail; null when the boot failed for another reason. */
export function refusalOf(error: unknown): string | null {
  if (error instanceof DatabaseRefusal) return error.message;
  const outage = outageOf(error);
  return outage === null ? null : sentenceOf(outage);
}

/** `code: message of the server`, without passwords. */
export const detailOf = ({ code, text }: Outage): string =>
  sanitize(text.includes(code) ? text : `${code}: ${text}`);

const sentenceOf = (outage: Outage): string =>
  `drawbridge: the database that DATABASE_URL names ${OUTAGES[outage.cause]} (${detailOf(outage)}); ` +
  'run `drawbridge doctor` for details';
