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

/** Every state that some sequence of events leads to from `from`, itself included. */
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

describe('the table of an action', () => {
  it('reaches every state from nothing', () => {
    expect([...reachableFrom('none')].toSorted()).toEqual(['none', ...STATES].toSorted());
  });

  it.each(FROMS)('reaches released from %s', (from) => {
    expect(reachableFrom(from)).toContain('released');
  });

  it('has no way out of released', () => {
    expect(EVENTS.filter((event) => next('released', event) !== undefined)).toEqual([]);
  });

  it('leads only to states that it knows', () => {
    const targets = Object.values(TRANSITIONS).flatMap((row) => Object.values(row) as State[]);
    expect(targets.filter((state) => !STATES.includes(state))).toEqual([]);
  });

  it('takes a cleanup to releasing wherever there is something left to release', () => {
    const ignoring = FROMS.filter((from) => next(from, 'cleanup') !== 'releasing');
    expect(ignoring).toEqual(['releasing', 'released']);
  });

  it('wakes no row by a start', () => {
    expect(statesAllowing('start')).toEqual([]);
    expect(next('none', 'start')).toBe('queued');
  });

  it('leaves by no other event than gone for a resting state that owns nothing', () => {
    const ways = FROMS.flatMap((from) =>
      EVENTS.filter((event) => ['failed', 'canceled', 'released'].includes(next(from, event) ?? '')),
    );
    expect(new Set(ways)).toEqual(new Set(['gone']));
  });

  it('tells the deadline and the plugin nothing once the verdict is written', () => {
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

  it('agrees with the table for every pair of state and event', () => {
    for (const from of FROMS) {
      for (const event of EVENTS) {
        expect(next(from, event)).toBe(new Map(Object.entries(TRANSITIONS[from])).get(event));
      }
    }
  });
});

describe('what is derived from the table', () => {
  it('has types that name exactly its states and events', () => {
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

  it('lists each state and each event once, without none', () => {
    expect(STATES).toHaveLength(10);
    expect(STATES).not.toContain('none');
    expect(EVENTS).toHaveLength(13);
    expect(new Set(EVENTS).size).toBe(EVENTS.length);
  });

  it('tells the states in which a worker acts from those in which an action rests', () => {
    expect([...WORKING, ...RESTING].toSorted()).toEqual(STATES.toSorted());
    expect(RESTING).toEqual(['succeeded', 'failed', 'canceled', 'released']);
  });

  it('lets an operator break no verdict: an abort is one, and comes before any other', () => {
    expect(statesAllowing('abort')).toEqual(['queued', 'provisioning']);
    expect(statesAllowing('abort').map((state) => next(state, 'abort'))).toEqual(['failing', 'failing']);
  });

  it('names the states that an operator may retry from and release from', () => {
    expect(statesAllowing('retry')).toEqual(['failed']);
    expect(statesAllowing('release')).toEqual(['queued', 'provisioning', 'reporting', 'succeeded']);
  });

  it('has distinct reasons of failure', () => {
    expect(new Set(FAIL_REASONS).size).toBe(FAIL_REASONS.length);
  });
});
