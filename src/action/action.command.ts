import { statement, type Session } from '../database/sql.js';
import { ORDERED_IN, type Command } from './action.orders.js';
import { record } from './action.record.js';
import { next, type State } from './action.state.js';

export interface Order {
  /** The action's id, a UUID. */
  id: string;
  command: Command;
  actor: `operator:${string}`;
  /** The operator's own words. */
  reason: string;
  /** Whether an action of this installation exists for who orders. */
  sees(installationId: string): boolean;
  /** Milliseconds that an action with this slug has when it is tried again. */
  deadlineMs(action: string): number;
}

/** `forbidden`: it may not be ordered there; `state` is where the action was found. Nothing was written. */
export type Ordered =
  | { kind: 'done'; installationId: string; resourceId: string }
  | { kind: 'forbidden'; state: State }
  | { kind: 'unknown' };

/**
 * One guarded transition by an operator. Must run inside a transaction: the row is locked before the table is asked, so of
 * several orders that exclude each other one wins, and the others find what it made of the action.
 */
export async function command(session: Session, order: Order): Promise<Ordered> {
  const { id, command: event, actor, reason } = order;
  const [found] = await session.rows<Row>(LOCK, [id]);
  if (found === undefined || !order.sees(found.installation_id)) return { kind: 'unknown' };
  const to = next(found.state, event);
  if (to === undefined || !ORDERED_IN[event].includes(found.state)) {
    return { kind: 'forbidden', state: found.state };
  }
  const [written] = await record(session, [
    { id, attempt: null, from: found.state, event, to, actor, note: reason },
  ]);
  if (written !== true) throw new Error(`action ${id}: moved although its row is locked`);
  if (event === 'retry') await session.rows(AFRESH, [id, order.deadlineMs(found.action)]);
  return { kind: 'done', installationId: found.installation_id, resourceId: found.resource_id };
}

interface Row {
  state: State;
  action: string;
  installation_id: string;
  resource_id: string;
}

const LOCK = statement(
  'SELECT state, action, installation_id, resource_id FROM action WHERE id = $1 FOR UPDATE',
);

/** What became of the earlier try is on record in its transitions. */
const AFRESH = statement(`
  UPDATE action SET
    deadline_at = clock_timestamp() + $2::bigint * interval '1 millisecond',
    outcome = NULL, reason = NULL, status_text = NULL
  WHERE id = $1`);
