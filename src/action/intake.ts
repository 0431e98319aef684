import { v7 as uuid } from 'uuid';
import { CHANNEL_NAME } from '../database/notification-channel.js';
import type { JobSubject } from '../database/queue/queue.js';
import { statement, type Session } from '../database/sql.js';
import { next, type Operation, type State } from '../state-machine/action-state.js';
import { applyUpdates, type GuardedUpdate } from './guarded-update.js';

/** One webhook as the store takes it. */
export interface ReceivedWebhook {
  /** The delivery's id, a UUID. */
  id: string;
  eventId: string;
  type: string;
  /** The raw body that was signed. */
  body: string;
  /** When Vercel made the event, epoch milliseconds. */
  createdAt: number;
  result: 'recorded' | 'ignored';
  operation: ReceivedOperation | null;
  /** Vercel says that this installation is no more. */
  removedInstallationId?: string;
  /** Vercel says that this installation now belongs to another account. */
  transferredInstallationId?: string;
  /** Set when an operator has an event run again: whose transitions these are, why, and which delivery is repeated. */
  replay?: { of: string; actor: `operator:${string}`; reason: string };
  /** Where it stands in a trace, while traces are made: kept with an action that it makes. */
  traceparent?: string;
}

export interface ReceivedOperation {
  event: Operation;
  installationId: string;
  deploymentId: string;
  resourceId: string;
  action: string;
  /** Milliseconds from the event until Vercel has to have heard the outcome. */
  deadlineMs: number;
}

export interface Receipt {
  delivery: string;
  result: 'recorded' | 'duplicate' | 'ignored';
}

/** An action that now needs a worker, and the deployment that its first step will ask about. */
export interface Due extends JobSubject {
  actionId: string;
  /** The delivery that asks for it, if one does. */
  deliveryId?: string;
  asks?: string;
}

export interface Received {
  receipts: Receipt[];
  due: Due[];
  /** Those among them that existed before: a worker may hold them. */
  moved: string[];
  /** The deliveries that were seen for the first time. */
  fresh: ReceivedWebhook[];
  /** Those among them whose action was not known before. */
  made: ReceivedWebhook[];
}

/**
 * Writes a list of webhooks: delivery, action, transition. Must run inside a transaction. In the order of `incoming`, also
 * when several concern the same action. What is new travels in one statement; rows that exist are locked before the table is asked.
 */
export async function receive(session: Session, incoming: ReceivedWebhook[]): Promise<Received> {
  const arrivals = arrivalsOf(incoming);
  const stored = await session.rows<Stored>(ARRIVE, [JSON.stringify(arrivals)]);
  const idOf = new Map(stored.map((row) => [row.event_id, row.id]));
  const made = new Set(stored.flatMap((row) => (row.made ? [row.id] : [])));
  const fresh = incoming.filter((item) => idOf.get(item.eventId) === item.id);
  const received: Received = {
    receipts: receiptsOf(incoming, idOf),
    due: [],
    moved: [],
    fresh,
    made: fresh.filter(({ id }) => made.has(id)),
  };
  for (const row of arrivals) if (made.has(row.id)) received.due.push(dueOf(row));
  const later = fresh.filter((item) => item.operation !== null && !made.has(item.id));
  for (const round of rounds(later)) await applyToKnown(session, round, received);
  return received;
}

function dueOf(row: ReturnType<typeof arrivalRow>): Due {
  const { action_id, installation_id, resource_id, deployment_id, event } = row;
  const subject = { installationId: installation_id as string, resourceId: resource_id as string };
  const asks = event === 'start' ? { asks: deployment_id as string } : {};
  return { actionId: action_id as string, deliveryId: row.id, ...subject, ...asks };
}

interface Stored {
  id: string;
  event_id: string;
  made: boolean;
}

function receiptsOf(incoming: ReceivedWebhook[], idOf: Map<string, string>): Receipt[] {
  return incoming.map((item) => {
    const delivery = idOf.get(item.eventId) as string;
    return { delivery, result: delivery === item.id ? item.result : 'duplicate' };
  });
}

/** One row for each event id; the first event of each action in this list brings the action it would create. */
function arrivalsOf(incoming: ReceivedWebhook[]) {
  const byEvent = Map.groupBy(incoming, (item) => item.eventId);
  const actions = new Set<string>();
  const rows = [...byEvent.values()].map((same) => {
    const item = same[0] as ReceivedWebhook;
    const key = item.operation && operationKey(item.operation);
    // What is run again concerns an action that was there: when it is no more, it was finished and cleared away.
    const creates = key !== null && !actions.has(key) && item.replay === undefined;
    if (key !== null) actions.add(key);
    return arrivalRow(item, same.length, creates);
  });
  return rows.toSorted((a, b) => (a.event_id < b.event_id ? -1 : 1)); // one lock order for all
}

function arrivalRow({ operation, ...item }: ReceivedWebhook, times: number, creates: boolean) {
  return {
    id: item.id,
    event_id: item.eventId,
    type: item.type,
    result: item.result,
    body: item.body,
    times,
    created_ms: item.createdAt,
    installation_id:
      operation?.installationId ?? item.removedInstallationId ?? item.transferredInstallationId,
    deployment_id: operation?.deploymentId,
    resource_id: operation?.resourceId,
    action: operation?.action,
    event: operation?.event,
    deadline_ms: operation?.deadlineMs,
    actor: item.replay?.actor ?? 'vercel',
    reason: item.replay?.reason,
    replay_of: item.replay?.of,
    action_id: creates ? uuid() : null,
    traceparent: item.traceparent,
    to_state: operation && next('none', operation.event),
  };
}

const ARRIVE = statement(`
  WITH w AS (
    SELECT * FROM json_to_recordset($1::json) AS w (
      id uuid, event_id text, type text, result text, installation_id text, deployment_id text, resource_id text,
      action text, body text, times int, created_ms double precision, event text, deadline_ms bigint, action_id uuid,
      to_state text, actor text, reason text, replay_of uuid, traceparent text)
  ), stored AS (
    INSERT INTO delivery (id, event_id, type, result, installation_id, deployment_id, resource_id, action, body, times,
      event_created_at, actor, reason, replay_of)
    SELECT id, event_id, type, result, installation_id, deployment_id, resource_id, action, body, times,
      to_timestamp(created_ms / 1000), actor, reason, replay_of FROM w
    ON CONFLICT (event_id) DO UPDATE SET times = delivery.times + excluded.times, last_received_at = clock_timestamp()
    RETURNING id, event_id
  ), made AS (
    INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, traceparent, deadline_at)
    SELECT action_id, installation_id, deployment_id, resource_id, action, to_state, traceparent,
      CASE event WHEN 'start'
        THEN least(to_timestamp(created_ms / 1000), now()) + deadline_ms * interval '1 millisecond' END
    FROM w JOIN stored USING (id)
    WHERE action_id IS NOT NULL
    ORDER BY installation_id, deployment_id, resource_id, action
    ON CONFLICT ON CONSTRAINT action_operation DO NOTHING
    RETURNING id
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor, reason, delivery_id)
    SELECT w.action_id, w.event, 'none', w.to_state, w.actor, w.reason, w.id FROM w JOIN made ON made.id = w.action_id
  ), told AS (
    SELECT pg_notify(${CHANNEL_NAME}, '') WHERE EXISTS (SELECT FROM made)
  )
  SELECT stored.id, stored.event_id, made.id IS NOT NULL AS made
  FROM stored JOIN w ON w.event_id = stored.event_id LEFT JOIN made ON made.id = w.action_id
    LEFT JOIN told ON true`);

type Known = ReceivedOperation & { id: string; replay: ReceivedWebhook['replay'] };

/** Splits events so that each round has every action at most once, in arrival order. */
function* rounds(fresh: ReceivedWebhook[]): Generator<Known[]> {
  const known = fresh.flatMap(({ id, operation, replay }): Known[] =>
    operation ? [{ id, replay, ...operation }] : [],
  );
  const queues = [...Map.groupBy(known, operationKey).values()];
  for (let depth = 0; queues.some((queue) => queue.length > depth); depth++) {
    yield queues.flatMap((queue) => queue[depth] ?? []);
  }
}

function operationKey({ installationId, deploymentId, resourceId, action }: ReceivedOperation): string {
  return JSON.stringify([installationId, deploymentId, resourceId, action]);
}

/** The rows are locked before the table is asked, so that no worker moves them in between. */
async function applyToKnown(session: Session, round: Known[], received: Received): Promise<void> {
  const rows = await session.rows<{ id: string; state: State; delivery_id: string }>(LOCK_KNOWN, [
    JSON.stringify(round),
  ]);
  const operations = new Map(round.map((item) => [item.id, item]));
  const writes = rows.flatMap(({ id, state, delivery_id: deliveryId }): GuardedUpdate[] => {
    const { event, installationId, resourceId, replay } = operations.get(deliveryId) as Known;
    const to = next(state, event);
    if (to === undefined) return []; // no entry: the delivery is the whole record of it
    received.due.push({ actionId: id, deliveryId, installationId, resourceId });
    received.moved.push(id);
    const by = replay ? { actor: replay.actor, note: replay.reason } : { actor: 'vercel' as const };
    return [{ id, attempt: null, from: state, event, to, deliveryId, ...by }];
  });
  if (writes.length > 0) await applyUpdates(session, writes);
}

const LOCK_KNOWN = statement(`
  SELECT a.id, a.state, w.id AS delivery_id
  FROM json_to_recordset($1::json) AS w (
    id uuid, "installationId" text, "deploymentId" text, "resourceId" text, action text)
  JOIN action a ON a.installation_id = w."installationId" AND a.deployment_id = w."deploymentId"
    AND a.resource_id = w."resourceId" AND a.action = w.action
  ORDER BY a.id
  FOR UPDATE OF a`);
