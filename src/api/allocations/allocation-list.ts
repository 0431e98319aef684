import { Allocation, ALLOCATION_STATES } from '../../action/entities/allocation.entity.js';
import { newestFirst } from '../../http/paging/keyset.js';
import { IsCursor, IsLimit, type Page } from '../../http/paging/page.js';
import { IsAnyOf, IsText } from '../../http/paging/query-rules.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { allocationAnswer, type AllocationAnswer } from './allocation-answer.js';
import { holdersOf } from './holders.js';

/** The filters of the list of allocations, combined with AND. */
export class AllocationQuery {
  @IsAnyOf(ALLOCATION_STATES) state?: (typeof ALLOCATION_STATES)[number][];
  @IsText() installation?: string;
  @IsText() resource?: string;
  @IsLimit() limit?: number;
  @IsCursor() cursor?: string;
}

/**
 * Reads a page of the allocations that match `query`, newest first.
 *
 * @throws Problem `invalid-cursor`
 */
export async function listAllocations(
  scope: InstallationScope,
  query: AllocationQuery,
): Promise<Page<AllocationAnswer>> {
  const { state, installation, resource } = query;
  const select = scope.select(Allocation, 'allocation');
  if (state !== undefined) select.andWhere('allocation.state IN (:...state)', { state });
  if (installation !== undefined)
    select.andWhere('allocation.installationId = :installation', { installation });
  if (resource !== undefined) select.andWhere('allocation.resourceId = :resource', { resource });
  const time = { property: 'createdAt', column: 'created_at' };
  const { rows, next } = await newestFirst(select, time, query);
  const holders = await holdersOf(scope, rows);
  return { items: rows.map((row) => allocationAnswer(row, holders.get(row.id) ?? [])), next };
}

/** Reads an allocation; null if it does not exist. */
export async function readAllocation(
  scope: InstallationScope,
  key: string,
): Promise<AllocationAnswer | null> {
  return scope.snapshot(async (snapshot) => {
    const select = snapshot.select(Allocation, 'allocation').andWhere('allocation.key = :key', { key });
    const allocation = await select.getOne();
    if (allocation === null) return null;
    const holders = await holdersOf(snapshot, [allocation]);
    return allocationAnswer(allocation, holders.get(allocation.id) ?? []);
  });
}
