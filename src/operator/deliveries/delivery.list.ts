import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { Delivery } from '../../webhook/delivery.entity.js';
import { newestFirst } from '../keyset.js';
import type { Page } from '../page.js';
import { deliveryAnswer, type DeliveryAnswer } from './delivery.answer.js';
import type { DeliveryQuery } from './delivery.query.js';

/** Bodies are large, and read one at a time. */
export const WITHOUT_BODY = {
  id: true,
  eventId: true,
  type: true,
  result: true,
  installationId: true,
  deploymentId: true,
  resourceId: true,
  action: true,
  times: true,
  actor: true,
  reason: true,
  replayOf: true,
  eventCreatedAt: true,
  receivedAt: true,
  lastReceivedAt: true,
} as const;

/**
 * The deliveries that `query` asks for, newest first.
 *
 * @throws Problem `invalid-cursor`
 */
export async function listDeliveries(
  database: DataSource,
  query: DeliveryQuery,
): Promise<Page<DeliveryAnswer>> {
  const select = database
    .createQueryBuilder(Delivery, 'delivery')
    .select(Object.keys(WITHOUT_BODY).map((property) => `delivery.${property}`));
  applyFilter(select, query);
  const time = { property: 'receivedAt', column: 'received_at' };
  const { rows, next } = await newestFirst(select, time, query);
  return { items: rows.map(deliveryAnswer), next };
}

function applyFilter(select: SelectQueryBuilder<Delivery>, query: DeliveryQuery): void {
  const { type, event, result, installation, deployment, since, until } = query;
  if (type !== undefined) select.andWhere('delivery.type = :type', { type });
  if (event !== undefined) select.andWhere('delivery.eventId = :event', { event });
  if (result !== undefined) select.andWhere('delivery.result IN (:...result)', { result });
  if (installation !== undefined)
    select.andWhere('delivery.installationId = :installation', { installation });
  if (deployment !== undefined) select.andWhere('delivery.deploymentId = :deployment', { deployment });
  if (since !== undefined) select.andWhere('delivery.receivedAt >= CAST(:since AS timestamptz)', { since });
  if (until !== undefined) select.andWhere('delivery.receivedAt < CAST(:until AS timestamptz)', { until });
}
