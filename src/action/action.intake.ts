import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { next, type Operation, type State } from './action.state.js';
import { record, type Write } from './action.record.js';

/** One webhook as the store takes it. */
export interface Incoming {
  /** The delivery's id, a UUID. */
  id: string;
  eventId: string;
  type: string;
  /** The raw body that was signed. */
  body: string;
  /** When Vercel made the event, epoch milliseconds. */
  createdAt: number;
  result: 'recorded' | 'ignored';
  operation: IncomingOperation | null;
  /** Vercel says that this installation is no more. */
  removedInstallationId?: string;
}

export interface IncomingOperation {
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

export interface Received {
  receipts: Receipt[];
  /** Actions that now need a worker, with the installation they belong to. */
  due: { actionId: string; installationId: string }[];
  /** Those among them that existed before: a worker may hold them. */
  moved: string[];
  /** The deliveries that were seen for the first time. */
  fresh: Incoming[];
}

/**
 * Writes a list of webhooks: delivery, action, transition. Must run inside a transaction. In the order of `incoming`, also
 * when several concern the same action.
 */
export async function receive(manager: EntityManager, incoming: Incoming[]): Promise<Received> {
  const { receipts, fresh } = await recordDeliveries(manager, incoming);
  const received: Received = { receipts, due: [], moved: [], fresh };
  for (const round of rounds(fresh)) await apply(manager, round, received);
  return received;
}

async function recordDeliveries(
  manager: EntityManager,
  incoming: Incoming[],
): Promise<{ receipts: Receipt[]; fresh: Incoming[] }> {
  const byEvent = Map.groupBy(incoming, (item) => item.eventId);
  const rows = [...byEvent.values()].map((same) => deliveryRow(same[0] as Incoming, same.length));
  rows.sort((a, b) => (a.event_id < b.event_id ? -1 : 1)); // one lock order for all
  const stored: { id: string; event_id: string }[] = await manager.query(DELIVERIES, [JSON.stringify(rows)]);
  const idOf = new Map(stored.map((row) => [row.event_id, row.id]));
  const receipts = incoming.map((item): Receipt => {
    const delivery = idOf.get(item.eventId) as string;
    return { delivery, result: delivery === item.id ? item.result : 'duplicate' };
  });
  return { receipts, fresh: incoming.filter((item) => idOf.get(item.eventId) === item.id) };
}

function deliveryRow({ operation, ...item }: Incoming, times: number) {
  return {
    id: item.id,
    event_id: item.eventId,
    type: item.type,
    result: item.result,
    body: item.body,
    times,
    created_ms: item.createdAt,
    installation_id: operation?.installationId ?? item.removedInstallationId,
    deployment_id: operation?.deploymentId,
    resource_id: operation?.resourceId,
    action: operation?.action,
  };
}

const DELIVERIES = `
  INSERT INTO delivery (id, event_id, type, result, installation_id, deployment_id, resource_id, action, body, times,
    event_created_at)
  SELECT id, event_id, type, result, installation_id, deployment_id, resource_id, action, body, times,
    to_timestamp(created_ms / 1000)
  FROM json_to_recordset($1::json) AS w (
    id uuid, event_id text, type text, result text, installation_id text, deployment_id text, resource_id text,
    action text, body text, times int, created_ms double precision)
  ON CONFLICT (event_id) DO UPDATE SET times = delivery.times + excluded.times, last_received_at = clock_timestamp()
  RETURNING id, event_id`;

interface Applied extends IncomingOperation {
  id: string;
  deliveryId: string;
  createdMs: number;
  to: State;
}

/** Splits events so that each round has every action at most once, in arrival order, sorted for one lock order. */
function* rounds(fresh: Incoming[]): Generator<Applied[]> {
  const queues = new Map<string, Applied[]>();
  for (const item of fresh) {
    if (item.operation === null) continue;
    const applied = toApplied(item, item.operation);
    const key = operationKey(applied);
    queues.set(key, [...(queues.get(key) ?? []), applied]);
  }
  const sorted = [...queues].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, queue]) => queue);
  for (let depth = 0; sorted.some((queue) => queue.length > depth); depth++) {
    yield sorted.flatMap((queue) => queue[depth] ?? []);
  }
}

function toApplied(item: Incoming, operation: IncomingOperation): Applied {
  const to = next('none', operation.event) as State;
  return { ...operation, id: uuid(), deliveryId: item.id, createdMs: item.createdAt, to };
}

function operationKey({ installationId, deploymentId, resourceId, action }: IncomingOperation): string {
  return JSON.stringify([installationId, deploymentId, resourceId, action]);
}

async function apply(manager: EntityManager, round: Applied[], received: Received): Promise<void> {
  const made: { id: string }[] = await manager.query(CREATE, [JSON.stringify(round)]);
  const madeIds = new Set(made.map((row) => row.id));
  for (const { id, installationId } of round) {
    if (madeIds.has(id)) received.due.push({ actionId: id, installationId });
  }
  const known = round.filter(({ id }) => !madeIds.has(id));
  if (known.length > 0) await applyToKnown(manager, known, received);
}

const OPERATION = '"installationId" text, "deploymentId" text, "resourceId" text, action text';

const CREATE = `
  WITH w AS (
    SELECT * FROM json_to_recordset($1::json) AS w (
      id uuid, "deliveryId" uuid, event text, "to" text, ${OPERATION}, "deadlineMs" bigint, "createdMs" double precision)
  ), made AS (
    INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, deadline_at)
    SELECT id, "installationId", "deploymentId", "resourceId", action, "to",
      CASE event WHEN 'start'
        THEN least(to_timestamp("createdMs" / 1000), now()) + "deadlineMs" * interval '1 millisecond' END
    FROM w
    ON CONFLICT ON CONSTRAINT action_operation DO NOTHING
    RETURNING id
  ), logged AS (
    INSERT INTO transition (action_id, event, from_state, to_state, actor, delivery_id)
    SELECT w.id, w.event, 'none', w."to", 'vercel', w."deliveryId" FROM w JOIN made USING (id)
  )
  SELECT id FROM made`;

/** The rows are locked before the table is asked, so that no worker moves them in between. */
async function applyToKnown(manager: EntityManager, known: Applied[], received: Received): Promise<void> {
  const rows: { id: string; state: State; wanted: string }[] = await manager.query(LOCK_KNOWN, [
    JSON.stringify(known),
  ]);
  const wanted = new Map(known.map((item) => [item.id, item]));
  const writes = rows.flatMap(({ id, state, wanted: key }): Write[] => {
    const { event, deliveryId, installationId } = wanted.get(key) as Applied;
    const to = next(state, event);
    if (to === undefined) return []; // no entry: the delivery is the whole record of it
    received.due.push({ actionId: id, installationId });
    received.moved.push(id);
    return [{ id, attempt: null, from: state, event, to, actor: 'vercel', deliveryId }];
  });
  if (writes.length > 0) await record(manager, writes);
}

const LOCK_KNOWN = `
  SELECT a.id, a.state, w.id AS wanted
  FROM json_to_recordset($1::json) AS w (id uuid, ${OPERATION})
  JOIN action a ON a.installation_id = w."installationId" AND a.deployment_id = w."deploymentId"
    AND a.resource_id = w."resourceId" AND a.action = w.action
  ORDER BY a.installation_id, a.deployment_id, a.resource_id, a.action
  FOR UPDATE OF a`;
