import type { Allocation } from '../../action/entities/allocation.entity.js';
import type { ScopeCondition, InstallationScope } from '../../access/scope/installation-scope.js';

const MOST_HOLDERS = 200;

const HOLDERS = (inScope: ScopeCondition): string => `
  SELECT l.id AS allocation, held.ids
  FROM unnest($1::uuid[]) AS l (id) CROSS JOIN LATERAL (
    SELECT array_agg(a.id::text ORDER BY a.created_at, a.id) AS ids FROM (
      SELECT id, created_at FROM action
      WHERE allocation_id = l.id AND hold IS NOT NULL AND ${inScope('installation_id')}
      ORDER BY created_at, id LIMIT ${MOST_HOLDERS}
    ) a
  ) held
  WHERE held.ids IS NOT NULL`;

/** Returns the ids of the holding actions, oldest first, keyed by the allocation's id. */
export async function holdersOf(
  scope: InstallationScope,
  allocations: Pick<Allocation, 'id'>[],
): Promise<Map<string, string[]>> {
  if (allocations.length === 0) return new Map();
  const ids = allocations.map((allocation) => allocation.id);
  const rows = await scope.query<{ allocation: string; ids: string[] }>(HOLDERS, [ids]);
  return new Map(rows.map((row) => [row.allocation, row.ids]));
}
