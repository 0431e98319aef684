import type { DataSource } from 'typeorm';

/** What one key has sealed in one table, with one of the values. */
export interface SealedValue {
  keyId: string;
  /** Of the installation, or of the allocation. */
  owner: string;
  kind: 'token' | 'seed';
  sealed: Buffer;
  /** How many values were sealed with this key. */
  count: number;
}

/** The key id stands in the sealed bytes (`Sealing`): its length in the second, itself from the third on. */
export const keyIdIn = (column: string): string =>
  `convert_from(substring(${column} FROM 3 FOR get_byte(${column}, 1)), 'UTF8')`;

const sealedIn = (table: string, column: string, owner: string, kind: SealedValue['kind']): string => `
  SELECT key_id AS "keyId", '${kind}' AS kind, count(*)::int AS count,
    (array_agg(owner ORDER BY owner))[1] AS owner, (array_agg(sealed ORDER BY owner))[1] AS sealed
  FROM (SELECT ${keyIdIn(column)} AS key_id, ${owner} AS owner, ${column} AS sealed
    FROM ${table} WHERE octet_length(${column}) > 2) found
  GROUP BY key_id`;
const IN_USE = `${sealedIn('installation', 'sealed_token', 'id', 'token')}
  UNION ALL ${sealedIn('allocation', 'sealed_seed', 'identity', 'seed')} ORDER BY 1, 2`;

/** The keys that are needed to read what is in the database, one entry for each table. */
export function keysInUse(database: DataSource): Promise<SealedValue[]> {
  return database.query(IN_USE);
}
