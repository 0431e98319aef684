import { Injectable } from '@nestjs/common';
import { retrying } from '../../database/group-commit.js';
import { Sql, statement, type Transaction } from '../../database/sql.js';
import { next, type FailureReport, type State } from '../../state-machine/action-state.js';
import { EVENT_OF, refusalOf, type OperatorCommand } from '../../state-machine/operator-commands.js';
import { JobOutbox } from '../job-outbox.js';
import { applyUpdates, type GuardedUpdate } from '../updates/guarded-update.js';

export interface CommandRequest {
  /** The action's id, a UUID. */
  id: string;
  command: OperatorCommand;
  actor: `operator:${string}`;
  /** The operator's own text. */
  reason: string;
  /** Whether the operator may see actions of this installation. */
  sees(installationId: string): boolean;
}

/** `forbidden`: the action's `state` does not allow the command. Nothing was written. */
export type CommandResult =
  | { kind: 'done'; installationId: string; resourceId: string }
  | { kind: 'forbidden'; state: State; why: string }
  | { kind: 'unknown' };

/** Carries out the commands of operators. */
@Injectable()
export class ActionCommands {
  constructor(
    private readonly sql: Sql,
    private readonly outbox: JobOutbox,
  ) {}

  /** Writes one audited transition and wakes a worker for the action. */
  command(request: CommandRequest): Promise<CommandResult> {
    return retrying(() =>
      this.sql.transaction(async (transaction) => {
        const result = await move(transaction, request);
        if (result.kind !== 'done') return result;
        const { installationId, resourceId } = result;
        const due = [{ actionId: request.id, installationId, resourceId }];
        await this.outbox.wake(transaction, due, [request.id]);
        return result;
      }),
    );
  }
}

/**
 * Locks the row before it asks the state machine: of several commands that exclude each other, one takes
 * effect and the others find its state.
 */
async function move(session: Transaction, request: CommandRequest): Promise<CommandResult> {
  const { id, command } = request;
  const [found] = await session.rows<Row>(LOCK, [id]);
  if (found === undefined || !request.sees(found.installationId)) return { kind: 'unknown' };
  const why = refusalOf(command, found);
  if (why !== null) return { kind: 'forbidden', state: found.state, why };
  const [written] = await applyUpdates(session, [updateOf(request, found.state)]);
  if (written !== true) throw new Error(`action ${id}: moved although its row is locked`);
  if (command === 'retry') await session.rows(START_AFRESH, [id]);
  return { kind: 'done', installationId: found.installationId, resourceId: found.resourceId };
}

function updateOf({ id, command, actor, reason }: CommandRequest, from: State): GuardedUpdate {
  const event = EVENT_OF[command];
  const to = next(from, event);
  if (to === undefined) throw new Error(`action ${id}: ${event} leads nowhere from ${from}`);
  const move: GuardedUpdate = { id, attempt: null, from, event, to, actor, note: reason };
  if (event !== 'abort') return move;
  return { ...move, reason: 'canceled-by-operator', failureText: `canceled by the provider: ${reason}` };
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
  SELECT state, reason, failure_report AS "failureReport",
    coalesce(deadline_at <= clock_timestamp(), true) AS late,
    installation_id AS "installationId", resource_id AS "resourceId"
  FROM action WHERE id = $1 FOR UPDATE`);

/**
 * Keeps the deadline: Vercel does not wait longer for a second try. The transitions keep the end of the
 * first try. `failure_report` stays until the next failure: it distinguishes a retried action from a new
 * one.
 */
const START_AFRESH = statement(`
  UPDATE action SET outcome = NULL, reason = NULL WHERE id = $1`);
