import type { ActionAnswer } from '../../src/api/actions/action-answer.js';
import type { AllocationAnswer } from '../../src/api/allocations/allocation-answer.js';
import type { DeliveryAnswer } from '../../src/api/deliveries/delivery-answer.js';
import { place } from '../ui/place.js';

/** The result of one lookup. At least one of its lists is not empty. */
export interface FoundPage {
  readonly what: string;
  readonly actions: readonly ActionAnswer[];
  readonly deliveries: readonly DeliveryAnswer[];
  readonly allocations: readonly AllocationAnswer[];
  /** The page that lists all results; null if these are all. */
  readonly all: string | null;
}

/** The page of the only result; null if there are several or none. */
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
