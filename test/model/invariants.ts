import { isWorking } from '../../src/state-machine/action-state.js';
import type { ModelAction, ModelWorld } from './world.js';

export type Invariant =
  | 'two contradictory terminal reports'
  | 'failed, but Vercel neither heard it nor refused it'
  | 'canceled by an operator, and Vercel waits on'
  | 'made for a deployment that Vercel has settled'
  | 'a live deployment told succeeded has lost its resource'
  | 'a live deployment holds credentials that no longer work'
  | 'succeeded, but Vercel was never told'
  | 'failed, canceled or released owns something'
  | 'leak: it exists, and no action in succeeded holds it'
  | 'stuck in a working state'
  | 'succeeded after cancel, cleanup or release'
  | 'a worker repeats itself without a pause';

/** The violated invariants. `quiescent`: only an outside event can change this world. */
export function violations(world: ModelWorld, quiescent: boolean): Invariant[] {
  const found = new Set<Invariant>();
  for (const action of world.actions) {
    for (const invariant of always(world, action)) found.add(invariant);
    if (!quiescent) continue;
    if (action.state !== 'none' && isWorking(action.state)) found.add('stuck in a working state');
    const over = action.ended || action.aborted;
    if (over && action.state === 'succeeded') found.add('succeeded after cancel, cleanup or release');
    if (isLeftWaiting(action)) found.add('canceled by an operator, and Vercel waits on');
  }
  if (quiescent && leaks(world)) found.add('leak: it exists, and no action in succeeded holds it');
  return [...found];
}

const NOTHING_GIVEN = -1;
/** Vercel itself neither ended it nor refused to hear of it. */
function isLeftWaiting({ aborted, told, failedRefused, ended, deleted, settled }: ModelAction): boolean {
  return aborted && told === 'nothing' && !failedRefused && !ended && !deleted && !settled;
}

function always(world: ModelWorld, action: ModelAction): Invariant[] {
  const found: Invariant[] = [];
  if (action.told === 'both') found.push('two contradictory terminal reports');
  if (action.wasted) found.push('made for a deployment that Vercel has settled');
  if (action.state === 'succeeded' && action.told === 'nothing') {
    found.push('succeeded, but Vercel was never told');
  }
  const isKnown = action.told === 'failed' || action.failedRefused || action.failedSettled;
  if (action.state === 'failed' && !isKnown) {
    found.push('failed, but Vercel neither heard it nor refused it');
  }
  const rests = ['failed', 'canceled', 'released'].includes(action.state);
  if (rests && (action.holds || action.closes)) found.push('failed, canceled or released owns something');
  if (action.told !== 'succeeded' || action.ended || action.deleted) return found;
  if (action.toldAllocation === NOTHING_GIVEN) return found;
  const given = world.allocations[action.toldAllocation];
  if (given?.exists !== true) found.push('a live deployment told succeeded has lost its resource');
  else if (given.credentials !== action.toldCredentials) {
    found.push('a live deployment holds credentials that no longer work');
  }
  return found;
}

function leaks(world: ModelWorld): boolean {
  return world.allocations.some(
    ({ exists }, a) =>
      exists &&
      !world.actions.some(
        ({ state, holds, allocation }) => state === 'succeeded' && holds && allocation === a,
      ),
  );
}
