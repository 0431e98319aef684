import type { DataSource } from 'typeorm';
import { seedContext } from '../../action/allocation.key.js';
import type { Survey } from '../../ground.js';
import { Sealing, SealingError, tokenContext } from '../../installation/sealing.js';
import { failed, ok, skipped, type Check } from './check.js';
import { isBroken } from './configuration.js';

/** One sealed value for each key id and table. */
interface Sealed {
  keyId: string;
  /** Of the installation, or of the allocation. */
  owner: string;
  kind: 'token' | 'seed';
  sealed: Buffer;
  /** How many values were sealed with this key. */
  count: number;
}

/** The key id stands in the sealed bytes (`Sealing`): its length in the second, itself from the third on. */
const ID = (column: string) => `substring(${column} FROM 3 FOR get_byte(${column}, 1))`;
const sealedIn = (table: string, column: string, owner: string, kind: Sealed['kind']): string => `
  SELECT convert_from(key_id, 'UTF8') AS "keyId", '${kind}' AS kind, count(*)::int AS count,
    (array_agg(owner ORDER BY owner))[1] AS owner, (array_agg(sealed ORDER BY owner))[1] AS sealed
  FROM (SELECT ${ID(column)} AS key_id, ${owner} AS owner, ${column} AS sealed
    FROM ${table} WHERE octet_length(${column}) > 2) found
  GROUP BY key_id`;
const IN_USE = `${sealedIn('installation', 'sealed_token', 'id', 'token')}
  UNION ALL ${sealedIn('allocation', 'sealed_seed', 'identity', 'seed')} ORDER BY 1, 2`;

/** Whether what is encrypted in the database can be read with ENCRYPTION_KEYS. */
export async function checkKeys(survey: Survey, database: DataSource): Promise<Check[]> {
  const about = { name: 'keys' };
  const { encryptionKeys } = survey.config;
  if (isBroken(survey, 'ENCRYPTION_KEYS')) return [skipped(about, 'ENCRYPTION_KEYS is not valid')];
  if (encryptionKeys.length === 0) return [skipped(about, 'there are no keys')];
  const [tables]: { there: boolean }[] = await database.query(
    `SELECT to_regclass('installation') IS NOT NULL AND to_regclass('allocation') IS NOT NULL AS there`,
  );
  if (tables?.there !== true) return [skipped(about, 'the tables are not there: see migrations')];
  const used: Sealed[] = await database.query(IN_USE);
  const sealing = new Sealing(encryptionKeys);
  const problems = used.flatMap((one) => problemOf(one, sealing) ?? []);
  if (problems.length > 0) return problems;
  const ids = encryptionKeys.map(({ id }) => id).join(', ');
  return [ok(about, `${used.reduce((sum, { count }) => sum + count, 0)} secret(s) are readable with ${ids}`)];
}

function problemOf({ keyId, owner, kind, sealed, count }: Sealed, sealing: Sealing): Check | null {
  try {
    sealing.open(sealed, kind === 'token' ? tokenContext(owner) : seedContext(owner));
    return null;
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    const things = kind === 'token' ? 'access token(s)' : 'seed(s) of allocations';
    return failed(
      { name: 'keys', subject: keyId },
      `${count} ${things} were sealed with the key "${keyId}": ${error.message}`,
      `put the key with the id "${keyId}" that was in use into ENCRYPTION_KEYS`,
    );
  }
}
