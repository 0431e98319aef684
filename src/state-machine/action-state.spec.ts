import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  EVENTS,
  FAIL_REASONS,
  isWorking,
  next,
  STATES,
  statesAllowing,
  TRANSITIONS,
  WORKING,
  type Event,
  type From,
  type Operation,
  type State,
  type WorkingState,
} from './action-state.js';

const FROMS = Object.keys(TRANSITIONS) as From[];
const RESTING = STATES.filter((state) => !isWorking(state));

/** Returns every state that some sequence of events leads to from `from`, including `from`. */
function reachableFrom(from: From): Set<From> {
  const reached = new Set<From>([from]);
  for (const state of reached) {
    for (const event of EVENTS) {
      const to = next(state, event);
      if (to !== undefined) reached.add(to);
    }
  }
  return reached;
}

describe('the table of transitions', () => {
  it('leads from none to every state', () => {
    expect([...reachableFrom('none')].toSorted()).toEqual(['none', ...STATES].toSorted());
  });

  it.each(FROMS)('leads to released from %s', (from) => {
    expect(reachableFrom(from)).toContain('released');
  });

  it('has no transition from released', () => {
    expect(EVENTS.filter((event) => next('released', event) !== undefined)).toEqual([]);
  });

  it('leads only to known states', () => {
    const targets = Object.values(TRANSITIONS).flatMap((row) => Object.values(row) as State[]);
    expect(targets.filter((state) => !STATES.includes(state))).toEqual([]);
  });

  it('leads to releasing on cleanup from every state except releasing and released', () => {
    const ignoring = FROMS.filter((from) => next(from, 'cleanup') !== 'releasing');
    expect(ignoring).toEqual(['releasing', 'released']);
  });

  it('has a start only for a new action', () => {
    expect(statesAllowing('start')).toEqual([]);
    expect(next('none', 'start')).toBe('queued');
  });

  it('leads to a resting state without an allocation only through gone', () => {
    const events = FROMS.flatMap((from) =>
      EVENTS.filter((event) => ['failed', 'canceled', 'released'].includes(next(from, event) ?? '')),
    );
    expect(new Set(events)).toEqual(new Set(['gone']));
  });

  it('has no fail or ready while a verdict is being reported', () => {
    expect(next('reporting', 'fail')).toBeUndefined();
    expect(next('reporting', 'ready')).toBeUndefined();
  });
});

describe('next', () => {
  it('is undefined where the table has no entry', () => {
    expect(next('canceled', 'start')).toBeUndefined();
    expect(next('succeeded', 'fail')).toBeUndefined();
    expect(next('none', 'release')).toBeUndefined();
  });

  it('returns the entry of the table for every pair of state and event', () => {
    for (const from of FROMS) {
      for (const event of EVENTS) {
        expect(next(from, event)).toBe(new Map(Object.entries(TRANSITIONS[from])).get(event));
      }
    }
  });
});

describe('the values derived from the table', () => {
  it('have types that name exactly its states and events', () => {
    expectTypeOf<From>().toEqualTypeOf<State | 'none'>();
    expectTypeOf<State>().toEqualTypeOf<WorkingState | 'succeeded' | 'failed' | 'canceled' | 'released'>();
    expectTypeOf<Event>().toEqualTypeOf<
      | Operation
      | 'begin'
      | 'skip'
      | 'ready'
      | 'accepted'
      | 'refused'
      | 'fail'
      | 'abort'
      | 'gone'
      | 'retry'
      | 'release'
    >();
    expectTypeOf<Operation>().toExtend<Event>();
  });

  it('list each state and each event once, without none', () => {
    expect(STATES).toHaveLength(10);
    expect(STATES).not.toContain('none');
    expect(EVENTS).toHaveLength(13);
    expect(new Set(EVENTS).size).toBe(EVENTS.length);
  });

  it('separate the states in which a worker acts from those in which an action rests', () => {
    expect([...WORKING, ...RESTING].toSorted()).toEqual(STATES.toSorted());
    expect(RESTING).toEqual(['succeeded', 'failed', 'canceled', 'released']);
  });

  it('allow an abort only before a verdict', () => {
    expect(statesAllowing('abort')).toEqual(['queued', 'provisioning']);
    expect(statesAllowing('abort').map((state) => next(state, 'abort'))).toEqual(['failing', 'failing']);
  });

  it('allow retry and release in the documented states', () => {
    expect(statesAllowing('retry')).toEqual(['failed']);
    expect(statesAllowing('release')).toEqual(['queued', 'provisioning', 'reporting', 'succeeded']);
  });

  it('have distinct failure reasons', () => {
    expect(new Set(FAIL_REASONS).size).toBe(FAIL_REASONS.length);
  });
});
