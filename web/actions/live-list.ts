import type { ActionAnswer, TransitionAnswer } from '../../src/api/actions/action-answer.js';

/** A list that changes while it is shown. */
export interface LiveList {
  /** Newest first. */
  readonly items: readonly ActionAnswer[];
  /** Newer than the first of `items`, kept back until the operator shows them. */
  readonly fresh: readonly ActionAnswer[];
  /** Cursor of the older actions; null if there are none. */
  readonly next: string | null;
}

interface Part {
  items: readonly ActionAnswer[];
  next: string | null;
}

export const listOf = ({ items, next }: Part): LiveList => ({ items, fresh: [], next });

/** Appends a page of older actions. */
export function withOlder(list: LiveList, { items, next }: Part): LiveList {
  const known = idsOf(list.items);
  return { ...list, items: [...list.items, ...items.filter(({ id }) => !known.has(id))], next };
}

/**
 * Merges the first page, read again. Shown rows get new values and keep their place even if they no longer
 * match the filter, so that no row moves under the pointer. New rows go on top, or are kept back.
 */
export function withFirstPage(list: LiveList, page: readonly ActionAnswer[], keepBack: boolean): LiveList {
  const read = new Map(page.map((action) => [action.id, action]));
  const items = list.items.map((action) => newest(action, read.get(action.id)));
  const shown = idsOf(items);
  const added = page.filter(({ id }) => !shown.has(id) && isNewer(id, page, shown));
  return keepBack ? { ...list, items, fresh: added } : { ...list, items: [...added, ...items], fresh: [] };
}

export const withFresh = (list: LiveList): LiveList => ({
  ...list,
  items: [...list.fresh, ...list.items],
  fresh: [],
});

/** Updates the state of one row at once. The next read updates the rest of the row. */
export function withTransition(list: LiveList, { actionId, to, at }: TransitionAnswer): LiveList {
  const found = list.items.find(({ id }) => id === actionId);
  if (found === undefined || found.updatedAt > at) return list;
  const items = list.items.map((action) =>
    action.id === actionId ? { ...action, state: to, updatedAt: at } : action,
  );
  return { ...list, items };
}

/** True for a row above the first one that is already shown. On an empty list every row is new. */
function isNewer(id: string, page: readonly ActionAnswer[], shown: ReadonlySet<string>): boolean {
  const first = page.findIndex((action) => shown.has(action.id));
  return first === -1 || page.findIndex((action) => action.id === id) < first;
}

function newest(shown: ActionAnswer, read: ActionAnswer | undefined): ActionAnswer {
  return read === undefined || read.updatedAt < shown.updatedAt ? shown : read;
}

const idsOf = (items: readonly ActionAnswer[]): Set<string> => new Set(items.map(({ id }) => id));
