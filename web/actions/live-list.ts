import type { ActionAnswer, TransitionAnswer } from '../../src/api/actions/action-answer.js';

/** A list that changes while it is shown. */
export interface LiveList {
  /** Newest first. */
  readonly items: readonly ActionAnswer[];
  /** Newer than the first of `items`, kept back until they are asked for. */
  readonly fresh: readonly ActionAnswer[];
  /** Cursor of what is older; null: nothing is. */
  readonly next: string | null;
}

interface Part {
  items: readonly ActionAnswer[];
  next: string | null;
}

export const listOf = ({ items, next }: Part): LiveList => ({ items, fresh: [], next });

/** What is older comes below. */
export function withOlder(list: LiveList, { items, next }: Part): LiveList {
  const known = idsOf(list.items);
  return { ...list, items: [...list.items, ...items.filter(({ id }) => !known.has(id))], next };
}

/**
 * The first page was read again: rows that are shown get its values and stay where they are, also when the
 * filter no longer takes them, so that nothing jumps away from a hand that is about to click. New rows go on
 * top, or are kept back.
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

/** A transition says at once where an action went; the rest of its row comes with the next read. */
export function withTransition(list: LiveList, { actionId, to, at }: TransitionAnswer): LiveList {
  const found = list.items.find(({ id }) => id === actionId);
  if (found === undefined || found.updatedAt > at) return list;
  const items = list.items.map((action) =>
    action.id === actionId ? { ...action, state: to, updatedAt: at } : action,
  );
  return { ...list, items };
}

/** Of the page, what stands above the first row that is shown already; on an empty list everything is new. */
function isNewer(id: string, page: readonly ActionAnswer[], shown: ReadonlySet<string>): boolean {
  const first = page.findIndex((action) => shown.has(action.id));
  return first === -1 || page.findIndex((action) => action.id === id) < first;
}

function newest(shown: ActionAnswer, read: ActionAnswer | undefined): ActionAnswer {
  return read === undefined || read.updatedAt < shown.updatedAt ? shown : read;
}

const idsOf = (items: readonly ActionAnswer[]): Set<string> => new Set(items.map(({ id }) => id));
