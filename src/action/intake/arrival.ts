import { v7 as uuid } from 'uuid';
import { CHANNEL_NAME } from '../../database/notification-channel.js';
import { statement, type Session } from '../../database/sql.js';
import { next } from '../../state-machine/action-state.js';
import type { DueAction } from '../job-outbox.js';
import { operationKey } from './known-actions.js';
import type { Receipt, ReceivedOperation, ReceivedWebhook } from './received-webhook.js';

/** The result of a batch of webhooks. */
export interface Arrived {
  /** In the order of the webhooks. */
  receipts: Receipt[];
  /** The deliveries whose event id was new. */
  fresh: ReceivedWebhook[];
  /** The fresh deliveries that made an action. */
  made: ReceivedWebhook[];
  /** The fresh deliveries about an action that existed before. */
  forKnownActions: ReceivedWebhook[];
  /** One entry for each new action: it needs a worker. */
  due: DueAction[];
}

/**
 * Stores deliveries, and the actions that they make with their first transition, in one statement. Requires
 * a transaction. Actions that exist already stay as they are: `moveKnownActions` moves them.
 */
export async function storeArrivals(session: Session, webhooks: ReceivedWebhook[]): Promise<Arrived> {
  const arrivals = arrivalsOf(webhooks);
  const stored = await session.rows<Stored>(ARRIVE, [JSON.stringify(arrivals)]);
  const idOf = new Map(stored.map(({ eventId, id }) => [eventId, id]));
  const made = new Set(stored.flatMap((row) => (row.made ? [row.id] : [])));
  const fresh = webhooks.filter(({ id, eventId }) => idOf.get(eventId) === id);
  return {
    receipts: webhooks.map((webhook) => receiptOf(webhook, idOf.get(webhook.eventId) as string)),
    fresh,
    made: fresh.filter(({ id }) => made.has(id)),
    forKnownActions: fresh.filter(({ id, operation }) => operation !== null && !made.has(id)),
    due: arrivals.filter(({ id }) => made.has(id)).map(dueActionOf),
  };
}

interface Stored {
  id: string;
  eventId: string;
  made: boolean;
}

function receiptOf({ id, result }: ReceivedWebhook, delivery: string): Receipt {
  return { delivery, result: delivery === id ? result : 'duplicate' };
}

/** @param arrival of a webhook that made an action, so it has an operation */
function dueActionOf(arrival: Arrival): DueAction {
  const { installationId, resourceId, deploymentId, event } = arrival as Arrival & ReceivedOperation;
  const asks = event === 'start' ? { asks: deploymentId } : {};
  return {
    actionId: arrival.actionId as string,
    deliveryId: arrival.id,
    installationId,
    resourceId,
    ...asks,
  };
}

type Arrival = ReturnType<typeof arrivalOf>;

/** One row for each event id. The first event of each action in this list also makes that action. */
function arrivalsOf(webhooks: ReceivedWebhook[]): Arrival[] {
  const actions = new Set<string>();
  const rows = [...Map.groupBy(webhooks, ({ eventId }) => eventId).values()].map((same) => {
    const webhook = same[0] as ReceivedWebhook;
    const key = webhook.operation && operationKey(webhook.operation);
    // A replayed event concerns an action that existed: when it is missing, it was finished and purged.
    const makes = key !== null && !actions.has(key) && webhook.replay === undefined;
    if (key !== null) actions.add(key);
    return arrivalOf(webhook, same.length, makes);
  });
  return rows.toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1)); // one lock order for all batches
}

function arrivalOf(webhook: ReceivedWebhook, times: number, makes: boolean) {
  const { operation, replay, removedInstallationId, transferredInstallationId, ...delivery } = webhook;
  return {
    ...delivery,
    ...operation,
    installationId: operation?.installationId ?? removedInstallationId ?? transferredInstallationId,
    times,
    actor: replay?.actor ?? 'vercel',
    reason: replay?.reason,
    replayOf: replay?.of,
    actionId: makes ? uuid() : null,
    to: operation && next('none', operation.event),
  };
}

const ARRIVE = statement(`
  WITH w AS (
    SELECT * FROM json_to_recordset($1::json) AS w (
      id uuid, "eventId" text, type text, result text, "installationId" text, "deploymentId" text,
      "resourceId" text, action text, body text, times int, "createdAt" double precision, event text,
      "deadlineMs" bigint, "actionId" uuid, "to" text, actor text, reason text, "replayOf" uuid,
      traceparent text)
  ), stored AS (
    INSERT INTO delivery (id, event_id, type, result, installation_id, deployment_id, resource_id, action,
      body, times, event_created_at, actor, reason, replay_of)
    SELECT id, "eventId", type, result, "installationId", "deploymentId", "resourceId", action,
      body, times, to_timestamp("createdAt" / 1000), actor, reason, "replayOf"
    FROM w
    ON CONFLICT (event_id) DO UPDATE SET
      times = delivery.times + excluded.times, last_received_at = clock_timestamp()
    RETURNING id, event_id
  ), made AS (
    INSERT INTO action (
      id, installation_id, deployment_id, resource_id, action, state, traceparent, deadline_at)
    SELECT "actionId", "installationId", "deploymentId", "resourceId", action, "to", traceparent,
      CASE event WHEN 'start'
        THEN least(to_timestamp("createdAt" / 1000), now()) + "deadlineMs" * interval '1 millisecond' END
    FROM w JOIN stored USING (id)
    WHERE "actionId" IS NOT NULL
    ORDER BY "installationId", "deploymentId", "resourceId", action
    ON CONFLICT ON CONSTRAINT action_operation DO NOTHING
    RETURNING id
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor, reason, delivery_id)
    SELECT w."actionId", w.event, 'none', w."to", w.actor, w.reason, w.id
    FROM w JOIN made ON made.id = w."actionId"
  ), notified AS (
    SELECT pg_notify(${CHANNEL_NAME}, '') WHERE EXISTS (SELECT FROM made)
  )
  SELECT stored.id, stored.event_id AS "eventId", made.id IS NOT NULL AS made
  FROM stored JOIN w ON w."eventId" = stored.event_id LEFT JOIN made ON made.id = w."actionId"
    LEFT JOIN notified ON true`);
