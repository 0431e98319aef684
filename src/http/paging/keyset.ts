import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { decodeCursor, encodeCursor } from './page.js';
import { DEFAULT_LIMIT } from './page-size.js';

interface Paged {
  limit?: number;
  cursor?: string;
}

/**
 * Reads one page of a filtered query, newest first, sorted by time and id.
 *
 * @param time the property to sort by, and its column
 * @throws Problem `invalid-cursor` for garbage and for the cursor of another list or filter
 */
export async function newestFirst<T extends ObjectLiteral & { id: string }>(
  select: SelectQueryBuilder<T>,
  time: { property: string; column: string },
  { limit = DEFAULT_LIMIT, cursor, ...criteria }: Paged,
): Promise<{ rows: T[]; next: string | null }> {
  const { alias } = select;
  const filter = { ...criteria, list: alias };
  const after = cursor === undefined ? undefined : decodeCursor(cursor, filter);
  select
    .addSelect(exact(`${alias}.${time.column}`), 'at')
    .orderBy(`${alias}.${time.property}`, 'DESC')
    .addOrderBy(`${alias}.id`, 'DESC')
    .limit(limit + 1);
  if (after !== undefined) {
    const place = `(${alias}.${time.property}, ${alias}.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))`;
    select.andWhere(place, after);
  }
  const { entities, raw } = await select.getRawAndEntities<{ at: string }>();
  const rows = entities.slice(0, limit);
  const [last, at] = [rows.at(-1), raw[rows.length - 1]?.at];
  const more = entities.length > limit && last !== undefined && at !== undefined;
  return { rows, next: more ? encodeCursor({ at, id: last.id }, filter) : null };
}

/**
 * Selects the time with microseconds. A `Date` has milliseconds only, so that its cursor would skip or repeat
 * rows.
 */
const exact = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
