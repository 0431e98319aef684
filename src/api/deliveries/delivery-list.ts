import type { SelectQueryBuilder } from 'typeorm';
import { Delivery } from '../../action/entities/delivery.entity.js';
import { propertiesOf } from '../../database/columns.js';
import { newestFirst } from '../../http/paging/keyset.js';
import type { Page } from '../../http/paging/page.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { deliveryAnswer, type DeliveryAnswer } from './delivery-answer.js';
import type { DeliveryQuery } from './delivery-query.js';

/** The columns of lists. Bodies are large and read only for a single delivery. */
const WITHOUT_BODY = propertiesOf(Delivery).filter((property) => property !== 'body');

/** Returns all columns of a delivery except its body. */
export const columnsOf = (alias: string): string[] => WITHOUT_BODY.map((property) => `${alias}.${property}`);

/**
 * Reads a page of the deliveries that match `query`, newest first.
 *
 * @throws Problem `invalid-cursor`
 */
export async function listDeliveries(
  scope: InstallationScope,
  query: DeliveryQuery,
): Promise<Page<DeliveryAnswer>> {
  const select = scope.select(Delivery, 'delivery').select(columnsOf('delivery'));
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
