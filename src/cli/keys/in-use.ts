import type { DataSource } from 'typeorm';

/** The values of one table encrypted with one key, with one example. */
export interface SealedValue {
  keyId: string;
  /** The id of the installation, or the identity of the allocation. */
  owner: string;
  kind: 'token' | 'seed';
  sealed: Buffer;
  /** Number of values encrypted with this key. */
  count: number;
}

/**
 * SQL for the key id in sealed bytes (see `Sealing`): its length is the second byte, the id starts at the
 * third.
 */
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

/** Reads the keys in use, one entry for each key and table. */
export function keysInUse(database: DataSource): Promise<SealedValue[]> {
  return database.query(IN_USE);
}
