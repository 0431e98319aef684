import type { DataSource } from 'typeorm';
import { seedContext } from '../../action/allocation-key.js';
import { SealingError, tokenContext, type Sealing } from '../../sealing/sealing.js';
import { keyIdIn } from './in-use.js';

/** The result for one table. */
export interface Resealed {
  /** Number of values encrypted again with the first key. */
  done: number;
  /** Reasons why values cannot be decrypted. These values are not changed. */
  problems: string[];
}

interface Place {
  table: string;
  column: string;
  /** Column with the owner of a value, which is authenticated together with it. */
  owner: string;
  context(owner: string): string;
}

export const TOKENS: Place = {
  table: 'installation',
  column: 'sealed_token',
  owner: 'id',
  context: tokenContext,
};
export const SEEDS: Place = {
  table: 'allocation',
  column: 'sealed_seed',
  owner: 'identity',
  context: seedContext,
};

interface Row {
  id: string;
  owner: string;
  sealed: Buffer;
}

const BATCH = 500;

/**
 * Encrypts every value of `place` that uses another key with the first key. Servers may run at the same time:
 * a value that one of them replaces is not touched.
 *
 * @param keyId the id of the first key of `sealing`
 */
export async function reseal(
  database: DataSource,
  sealing: Sealing,
  keyId: string,
  place: Place,
): Promise<Resealed> {
  const result: Resealed = { done: 0, problems: [] };
  for (let after: string | null = null, rows: Row[]; ; after = rows.at(-1)?.id ?? null) {
    rows = await database.query(readOf(place), [keyId, after, BATCH]);
    if (rows.length === 0) return result;
    const fresh = rows.flatMap((row) => resealRow(row, sealing, place, result.problems));
    result.done += await write(database, place, fresh);
  }
}

/** Sorts and compares ids as text. */
const readOf = ({ table, column, owner }: Place): string => `
  SELECT id::text AS id, ${owner} AS owner, ${column} AS sealed FROM ${table}
  WHERE octet_length(${column}) > 2 AND ${keyIdIn(column)} <> $1 AND ($2::text IS NULL OR id::text > $2)
  ORDER BY id::text LIMIT $3`;

interface Fresh extends Row {
  resealed: Buffer;
}

function resealRow(row: Row, sealing: Sealing, place: Place, problems: string[]): Fresh[] {
  const context = place.context(row.owner);
  try {
    return [{ ...row, resealed: sealing.seal(sealing.open(row.sealed, context), context) }];
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    problems.push(error.message);
    return [];
  }
}

/** Writes new values, but only over the values that were read. */
async function write(database: DataSource, { table, column }: Place, rows: Fresh[]): Promise<number> {
  const written: { id: string }[] = await database.query(
    `WITH done AS (UPDATE ${table} t SET ${column} = d.resealed
       FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS d (id, sealed, resealed)
       WHERE t.id::text = d.id AND t.${column} = d.sealed RETURNING 1)
     SELECT 1 FROM done`,
    [rows.map(({ id }) => id), rows.map(({ sealed }) => sealed), rows.map(({ resealed }) => resealed)],
  );
  return written.length;
}
