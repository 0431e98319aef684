import type { DataSource } from 'typeorm';
import { seedContext } from '../../action/allocation-key.js';
import { SealingError, tokenContext, type Sealing } from '../../sealing/sealing.js';
import { keyIdIn } from './in-use.js';

/** What was done with the values of one table. */
export interface Resealed {
  /** Sealed anew with the first key. */
  done: number;
  /** Cannot be opened, and stay as they are: why. */
  problems: string[];
}

interface Place {
  table: string;
  column: string;
  /** What a value belongs to, which is sealed with it. */
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
 * Seals every value of `place` that another key has sealed with the first one. Servers may run meanwhile: a value that one of them
 * replaces is left to it.
 *
 * @param keyId of the first key of `sealing`
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
    const fresh = rows.flatMap((row) => sealAnew(row, sealing, place, result.problems));
    result.done += await write(database, place, fresh);
  }
}

/** Ids are compared as texts, and so they are sorted. */
const readOf = ({ table, column, owner }: Place): string => `
  SELECT id::text AS id, ${owner} AS owner, ${column} AS sealed FROM ${table}
  WHERE octet_length(${column}) > 2 AND ${keyIdIn(column)} <> $1 AND ($2::text IS NULL OR id::text > $2)
  ORDER BY id::text LIMIT $3`;

interface Fresh extends Row {
  anew: Buffer;
}

function sealAnew(row: Row, sealing: Sealing, place: Place, problems: string[]): Fresh[] {
  const context = place.context(row.owner);
  try {
    return [{ ...row, anew: sealing.seal(sealing.open(row.sealed, context), context) }];
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    problems.push(error.message);
    return [];
  }
}

/** Only where a value is still the one that was read. */
async function write(database: DataSource, { table, column }: Place, rows: Fresh[]): Promise<number> {
  const written: { id: string }[] = await database.query(
    `WITH done AS (UPDATE ${table} t SET ${column} = d.anew
       FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS d (id, sealed, anew)
       WHERE t.id::text = d.id AND t.${column} = d.sealed RETURNING 1)
     SELECT 1 FROM done`,
    [rows.map(({ id }) => id), rows.map(({ sealed }) => sealed), rows.map(({ anew }) => anew)],
  );
  return written.length;
}
