import { propertiesOf, selectList } from '../../database/columns.js';
import { Action } from '../entities/action.entity.js';
import { Allocation } from '../entities/allocation.entity.js';

/** Columns of an action that no worker reads. */
const UNREAD = [
  'handedBack',
  'callUntil',
  'strayUntil',
  'deadlineAt',
  'succeededAt',
  'checkAt',
  'stateSince',
  'createdAt',
  'updatedAt',
] as const satisfies (keyof Action)[];
/** Columns of its allocation that a worker reads, beside the id. */
const OF_ALLOCATION = [
  'identity',
  'key',
  'handle',
  'sealedSeed',
  'options',
] as const satisfies (keyof Allocation)[];

type ActionColumns = Omit<Action, (typeof UNREAD)[number] | 'allocationId' | 'allocation'>;
type AllocationColumns = Pick<Allocation, (typeof OF_ALLOCATION)[number]>;

/** What a worker reads of an allocation. */
export interface AllocationView extends AllocationColumns {
  id: string;
}

/**
 * What a worker reads of an action. Times are milliseconds left at the moment of reading, by the database's
 * clock.
 */
export interface ActionView extends ActionColumns {
  /** Until the deadline; negative when it has passed, null when there is none (a cancel that came first). */
  deadlineMs: number | null;
  /**
   * While positive, a stray call may take effect: any call of the allocation that this action closes, or the
   * action's own earlier call when it is queued again.
   */
  strayMs: number;
  allocation: AllocationView | null;
}

/** One row of `selectView`. */
export type ActionViewRow = Omit<ActionView, 'allocation'> & {
  [Column in keyof AllocationColumns]: AllocationColumns[Column] | null;
} & Pick<Action, 'allocationId'>;

const READ = propertiesOf(Action).filter((property) => !(UNREAD as readonly string[]).includes(property));

const millisecondsUntil = (time: string): string =>
  `(extract(epoch FROM ${time} - clock_timestamp()) * 1000)::float8`;

/** @param source a relation with the columns of action */
export const selectView = (source: string): string => `
  SELECT ${selectList(Action, 'a', READ)}, ${selectList(Allocation, 'l', OF_ALLOCATION)},
    ${millisecondsUntil('a.deadline_at')} AS "deadlineMs",
    CASE
      WHEN a.hold = 'closes' THEN coalesce((
        SELECT max(${millisecondsUntil('greatest(other.call_until, other.stray_until)')})
        FROM action other WHERE other.allocation_id = a.allocation_id), 0)
      WHEN a.state = 'queued' THEN coalesce(${millisecondsUntil('a.stray_until')}, 0)
      ELSE 0
    END AS "strayMs"
  FROM ${source} a LEFT JOIN allocation l ON l.id = a.allocation_id`;

export function toView(row: ActionViewRow): ActionView {
  const { allocationId, identity, key, handle, sealedSeed, options, ...action } = row;
  if (allocationId === null || identity === null || key === null || options === null)
    return { ...action, allocation: null };
  return { ...action, allocation: { id: allocationId, identity, key, handle, sealedSeed, options } };
}
