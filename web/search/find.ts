import type { ActionAnswer } from '../../src/operator/action.answer.js';
import type { AllocationAnswer } from '../../src/operator/allocations/allocation.answer.js';
import type { DeliveryAnswer } from '../../src/operator/deliveries/delivery.answer.js';
import { get } from '../api/client.js';
import { ApiProblem } from '../api/problem.js';
import { place } from '../words/place.js';
import { lookupsFor, type Lookup } from './lookups.js';

/** What one of the questions found; there is at least one of something in it. */
export interface Found {
  readonly what: string;
  readonly actions: readonly ActionAnswer[];
  readonly deliveries: readonly DeliveryAnswer[];
  readonly allocations: readonly AllocationAnswer[];
  /** Where all of them are; null: these are all. */
  readonly all: string | null;
}

/** @throws ApiProblem unless it says that something is not there, or is not such an id */
export async function find(text: string): Promise<Found[]> {
  const found = await Promise.all(lookupsFor(text).map(lookUp));
  return found.filter((one) => one !== null);
}

/** Where to go at once: there is one thing, and nothing else that could be meant. */
export function onlyPlace(found: readonly Found[]): string | null {
  const places = new Set(found.flatMap(placesOf));
  const [first] = places;
  return places.size === 1 && first !== undefined ? first : null;
}

function placesOf({ actions, deliveries, allocations }: Found): string[] {
  return [
    ...actions.map(({ id }) => place.action(id)),
    ...deliveries.map(({ id }) => place.delivery(id)),
    ...allocations.map(({ key }) => place.allocation(key)),
  ];
}

const NOT_THERE: ReadonlySet<number> = new Set([400, 404]);

async function lookUp(lookup: Lookup): Promise<Found | null> {
  try {
    return foundOf(lookup, await get<unknown>(lookup.path));
  } catch (error) {
    if (error instanceof ApiProblem && NOT_THERE.has(error.status)) return null;
    throw error;
  }
}

function foundOf({ what, kind, all }: Lookup, answer: unknown): Found | null {
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
