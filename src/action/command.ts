import { statement, type Session } from '../database/sql.js';
import { EVENT_OF, refusalOf, type OperatorCommand } from '../state-machine/operator-commands.js';
import { applyUpdates, type GuardedUpdate } from './guarded-update.js';
import { next, type FailureReport, type State } from '../state-machine/action-state.js';
import { asVerdict } from './verdict.js';

export interface CommandRequest {
  /** The action's id, a UUID. */
  id: string;
  command: OperatorCommand;
  actor: `operator:${string}`;
  /** The operator's own words. */
  reason: string;
  /** Whether an action of this installation exists for who orders. */
  sees(installationId: string): boolean;
}

/** `forbidden`: it is not possible now; `state` is where the action was found. Nothing was written. */
export type CommandResult =
  | { kind: 'done'; installationId: string; resourceId: string }
  | { kind: 'forbidden'; state: State; why: string }
  | { kind: 'unknown' };

/**
 * One guarded transition by an operator. Must run inside a transaction: the row is locked before the table is asked, so of
 * several orders that exclude each other one wins, and the others find what it made of the action.
 */
export async function command(session: Session, order: CommandRequest): Promise<CommandResult> {
  const { id, command } = order;
  const [found] = await session.rows<Row>(LOCK, [id]);
  if (found === undefined || !order.sees(found.installationId)) return { kind: 'unknown' };
  const why = refusalOf(command, found);
  if (why !== null) return { kind: 'forbidden', state: found.state, why };
  const [written] = await applyUpdates(session, [writeOf(order, found.state)]);
  if (written !== true) throw new Error(`action ${id}: moved although its row is locked`);
  if (command === 'retry') await session.rows(AFRESH, [id]);
  return { kind: 'done', installationId: found.installationId, resourceId: found.resourceId };
}

function writeOf({ id, command, actor, reason }: CommandRequest, from: State): GuardedUpdate {
  const event = EVENT_OF[command];
  const to = next(from, event);
  if (to === undefined) throw new Error(`action ${id}: ${event} leads nowhere from ${from}`);
  const move: GuardedUpdate = { id, attempt: null, from, event, to, actor, note: reason };
  if (event !== 'abort') return move;
  const statusText = asVerdict(`canceled by the provider: ${reason}`);
  return { ...move, reason: 'canceled-by-operator', statusText };
}

interface Row {
  state: State;
  reason: string | null;
  failureReport: FailureReport | null;
  late: boolean;
  installationId: string;
  resourceId: string;
}

const LOCK = statement(`
  SELECT state, reason, failure_report AS "failureReport", coalesce(deadline_at <= clock_timestamp(), true) AS late,
    installation_id AS "installationId", resource_id AS "resourceId"
  FROM action WHERE id = $1 FOR UPDATE`);

/**
 * The deadline stays: Vercel waits no longer for a second try. The first one's end is on record in the transitions; what Vercel heard of it
 * stays until there is another failure, and tells the second try from a start.
 */
const AFRESH = statement(`
  UPDATE action SET outcome = NULL, reason = NULL WHERE id = $1`);
