import type { ActionAnswer } from '../../src/api/actions/action-answer.js';
import type { AllocationAnswer } from '../../src/api/allocations/allocation-answer.js';
import type { DeliveryAnswer } from '../../src/api/deliveries/delivery-answer.js';
import { get } from '../api/client.js';
import { ApiProblem } from '../api/problem.js';
import type { FoundPage } from './found.js';
import { lookupsFor, type SearchLookup } from './lookups.js';

/**
 * Looks up `text` as every kind of id that it can be.
 *
 * @throws ApiProblem, except for 400 and 404, which mean that the id does not exist
 */
export async function find(text: string): Promise<FoundPage[]> {
  const found = await Promise.all(lookupsFor(text).map(lookUp));
  return found.filter((one) => one !== null);
}

const NOT_THERE: ReadonlySet<number> = new Set([400, 404]);

async function lookUp(lookup: SearchLookup): Promise<FoundPage | null> {
  try {
    return foundOf(lookup, await get<unknown>(lookup.path));
  } catch (error) {
    if (error instanceof ApiProblem && NOT_THERE.has(error.status)) return null;
    throw error;
  }
}

function foundOf({ what, kind, all }: SearchLookup, answer: unknown): FoundPage | null {
  const items = kind.endsWith('s') ? (answer as { items: unknown[] }).items : [answer];
  if (items.length === 0) return null;
  return {
    what,
    actions: kind.startsWith('action') ? (items as ActionAnswer[]) : [],
    deliveries: kind.startsWith('deliver') ? (items as DeliveryAnswer[]) : [],
    allocations: kind.startsWith('allocation') ? (items as AllocationAnswer[]) : [],
    all,
  };
}
