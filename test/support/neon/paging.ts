import { badRequest } from './refusal.js';

type Place = readonly [string | number, number];

export interface PageWish<T> {
  /** The sort key, and a number that is unique among the items. */
  readonly by: (item: T) => Place;
  readonly descending: boolean;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** The items after the cursor. A full page has a `next`, also when no item follows. */
export function page<T>(
  items: readonly T[],
  { by, descending, cursor, limit }: PageWish<T>,
): { items: T[]; next: string | null } {
  const turn = descending ? -1 : 1;
  const after = cursor === undefined ? null : parse(cursor);
  const found = items
    .toSorted((one, other) => compare(by(one), by(other)) * turn)
    .filter((item) => after === null || compare(by(item), after) * turn > 0)
    .slice(0, limit);
  const last = found.at(-1);
  const next = last === undefined || found.length < limit ? null : by(last);
  return { items: found, next: next && Buffer.from(JSON.stringify(next)).toString('base64url') };
}

function compare(one: Place, other: Place): number {
  if (one[0] !== other[0]) return one[0] < other[0] ? -1 : 1;
  return one[1] - other[1];
}

function parse(cursor: string): Place {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Place;
  } catch {
    throw badRequest('cursor is not valid');
  }
}
