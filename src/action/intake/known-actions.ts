import { statement, type Session } from '../../database/sql.js';
import { next, type State } from '../../state-machine/action-state.js';
import type { DueAction } from '../job-outbox.js';
import { applyUpdates, type GuardedUpdate } from '../updates/guarded-update.js';
import type { ReceivedOperation, ReceivedWebhook } from './received-webhook.js';

/** Identifies the action that an operation concerns. */
export function operationKey({
  installationId,
  deploymentId,
  resourceId,
  action,
}: ReceivedOperation): string {
  return JSON.stringify([installationId, deploymentId, resourceId, action]);
}

/**
 * Moves actions that existed before, in the order of the webhooks, also when several concern the same
 * action. Requires a transaction. Returns the actions that moved: each needs a worker.
 */
export async function moveKnownActions(
  session: Session,
  webhooks: readonly ReceivedWebhook[],
): Promise<DueAction[]> {
  const moved: DueAction[] = [];
  for (const round of roundsOf(webhooks)) moved.push(...(await moveRound(session, round)));
  return moved;
}

type Known = ReceivedOperation & { id: string; replay: ReceivedWebhook['replay'] };

/** Splits webhooks so that each round has every action at most once, in the order of arrival. */
function* roundsOf(webhooks: readonly ReceivedWebhook[]): Generator<Known[]> {
  const known = webhooks.flatMap(({ id, operation, replay }): Known[] =>
    operation ? [{ id, replay, ...operation }] : [],
  );
  const queues = [...Map.groupBy(known, operationKey).values()];
  for (let depth = 0; queues.some((queue) => queue.length > depth); depth++) {
    yield queues.flatMap((queue) => queue[depth] ?? []);
  }
}

/** Locks the rows before it asks the state machine, so that no worker moves an action in between. */
async function moveRound(session: Session, round: Known[]): Promise<DueAction[]> {
  const rows = await session.rows<Locked>(LOCK, [JSON.stringify(round)]);
  const byDelivery = new Map(round.map((item) => [item.id, item]));
  const moves = rows.flatMap((row) => moveOf(row, byDelivery.get(row.deliveryId) as Known));
  if (moves.length > 0)
    await applyUpdates(
      session,
      moves.map(({ update }) => update),
    );
  return moves.map(({ due }) => due);
}

interface Locked {
  id: string;
  state: State;
  deliveryId: string;
}

/** Returns nothing if the state does not allow the event: the stored delivery is its only record. */
function moveOf(
  { id, state, deliveryId }: Locked,
  { event, installationId, resourceId, replay }: Known,
): { update: GuardedUpdate; due: DueAction }[] {
  const to = next(state, event);
  if (to === undefined) return [];
  const by = replay ? { actor: replay.actor, note: replay.reason } : { actor: 'vercel' as const };
  const update = { id, attempt: null, from: state, event, to, deliveryId, ...by };
  return [{ update, due: { actionId: id, deliveryId, installationId, resourceId } }];
}

const LOCK = statement(`
  SELECT a.id, a.state, w.id AS "deliveryId"
  FROM json_to_recordset($1::json) AS w (
    id uuid, "installationId" text, "deploymentId" text, "resourceId" text, action text)
  JOIN action a ON a.installation_id = w."installationId" AND a.deployment_id = w."deploymentId"
    AND a.resource_id = w."resourceId" AND a.action = w.action
  ORDER BY a.id
  FOR UPDATE OF a`);
