import type { ActionAnswer } from '../../src/api/actions/action-answer.js';
import type { AllocationAnswer } from '../../src/api/allocations/allocation-answer.js';
import type { DeliveryAnswer } from '../../src/api/deliveries/delivery-answer.js';
import { place } from '../ui/place.js';

/** What one of the questions found; there is at least one of something in it. */
export interface FoundPage {
  readonly what: string;
  readonly actions: readonly ActionAnswer[];
  readonly deliveries: readonly DeliveryAnswer[];
  readonly allocations: readonly AllocationAnswer[];
  /** Where all of them are; null: these are all. */
  readonly all: string | null;
}

/** Where to go at once: there is one thing, and nothing else that could be meant. */
export function onlyPlace(found: readonly FoundPage[]): string | null {
  const places = new Set(found.flatMap(placesOf));
  const [first] = places;
  return places.size === 1 && first !== undefined ? first : null;
}

function placesOf({ actions, deliveries, allocations }: FoundPage): string[] {
  return [
    ...actions.map(({ id }) => place.action(id)),
    ...deliveries.map(({ id }) => place.delivery(id)),
    ...allocations.map(({ key }) => place.allocation(key)),
  ];
}
