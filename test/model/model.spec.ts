import { describe, expect, it } from 'vitest';
import { TRANSITIONS } from '../../src/state-machine/action-state.js';
import { explore, type Exploration } from './explore.js';
import type { Invariant } from './invariants.js';
import { ALL_RULES, without, type Rules } from './rules.js';
import { SCENARIOS } from './scenarios.js';
import type { Scenario } from './world.js';

/** Each rule, where its absence shows soonest, and what then goes wrong. */
const COUNTEREXAMPLES = {
  verdictFirst: [SCENARIOS.oneRetry, 'two contradictory terminal reports'],
  neverReopened: [SCENARIOS.twoRetry, 'a live deployment told succeeded has lost its resource'],
  letGoIsOneTransaction: [SCENARIOS.twoRetry, 'a live deployment told succeeded has lost its resource'],
  onlyLastHolderDeprovisions: [SCENARIOS.twoRetry, 'a live deployment told succeeded has lost its resource'],
  deprovisionBeforeRest: [SCENARIOS.oneRetry, 'leak: it exists, and nobody in succeeded holds it'],
  quietGone: [SCENARIOS.oneRetry, 'leak: it exists, and nobody in succeeded holds it'],
  quietAskedFirst: [SCENARIOS.oneRetry, 'leak: it exists, and nobody in succeeded holds it'],
  beginWhenQuiet: [SCENARIOS.twoRetry, 'leak: it exists, and nobody in succeeded holds it'],
  stableCredentials: [SCENARIOS.twoRetry, 'a live deployment holds credentials that no longer work'],
  fencing: [SCENARIOS.oneRetry, 'leak: it exists, and nobody in succeeded holds it'],
  guardedState: [SCENARIOS.oneRetry, 'succeeded after cancel, cleanup or release'],
  jobInTransaction: [SCENARIOS.oneRetry, 'stuck in a working state'],
  earlyEndLeavesRow: [SCENARIOS.oneRetry, 'succeeded after cancel, cleanup or release'],
  noEntryNoChange: [SCENARIOS.oneRetry, 'succeeded after cancel, cleanup or release'],
  cancelIsAVerdict: [SCENARIOS.oneOperator, 'canceled by an operator, and Vercel waits on'],
  cancelBeforeReporting: [SCENARIOS.oneOperator, 'two contradictory terminal reports'],
  retryOnlyUnheard: [SCENARIOS.oneOperator, 'two contradictory terminal reports'],
  lostCountsAsHeard: [SCENARIOS.oneOperator, 'two contradictory terminal reports'],
  settledMakesNothing: [SCENARIOS.oneOperator, 'made for a deployment that Vercel has settled'],
  failingAlwaysLetsGo: [SCENARIOS.oneFaulty, 'stuck in a working state'],
} satisfies Record<Exclude<keyof Rules, 'oneJobPerAction' | 'checkedReports'>, [Scenario, Invariant]>;

const violationsIn = ({ found }: Exploration) => Object.fromEntries(found);

describe('the model with all rules', () => {
  const changes = new Set<string>();

  it.each(Object.values(SCENARIOS))('holds every invariant: $name', (scenario) => {
    const exploration = explore(scenario, ALL_RULES);
    for (const change of exploration.changes) changes.add(change);
    expect(violationsIn(exploration)).toEqual({});
    expect(exploration.worlds).toBeGreaterThan(10_000);
  });

  it('takes every state change of the table in these scenarios', () => {
    const table = Object.entries(TRANSITIONS).flatMap(([from, row]) =>
      Object.values(row).map((to) => `${from} → ${to}`),
    );
    expect([...changes].toSorted()).toEqual([...new Set(table)].toSorted());
  });
});

describe('the model without one rule', () => {
  it.each(Object.entries(COUNTEREXAMPLES))(
    'finds the counterexample without %s',
    (rule, [scenario, name]) => {
      const { found } = explore(scenario, without(rule as keyof Rules), { stopAtFirst: true });
      expect([...found.keys()]).toEqual([name]);
      expect(found.get(name)!.length).toBeGreaterThan(0);
    },
  );

  it('needs no rule about one job at a time: fencing carries the invariants', () => {
    const rules = without('oneJobPerAction');
    expect(violationsIn(explore(SCENARIOS.oneHiccups, rules))).toEqual({});
    expect(violationsIn(explore(SCENARIOS.oneRetry, rules))).toEqual({});
  });
});

describe('a report that is under way when the action moves on', () => {
  it('contradicts nothing even without a look before it: no retry is taken that it could meet', () => {
    for (const scenario of [SCENARIOS.oneRetry, SCENARIOS.oneOperator])
      expect(violationsIn(explore(scenario, without('checkedReports')))).toEqual({});
  });
});

describe('the exploration', () => {
  it('names the moves of the shortest counterexample in order', () => {
    const { found } = explore(SCENARIOS.oneRetry, without('deprovisionBeforeRest'), { stopAtFirst: true });
    expect(found.get('leak: it exists, and nobody in succeeded holds it')).toEqual([
      'start of action 0 is received',
      'a worker claims action 0 in queued',
      'the worker of action 0 begins',
      'the worker of action 0 calls provision',
      'the worker of action 0 gets ready from provision',
      'cleanup of action 0 is received',
      'the worker of action 0 has the thing',
      'the worker of action 0 lets go and closes without deprovision',
      'a worker claims action 0 in released',
    ]);
  });

  it('refuses to call a scenario exhaustive that is larger than its limit', () => {
    expect(() => explore(SCENARIOS.three, ALL_RULES, { worlds: 100 })).toThrow('more than 100 worlds');
  });
});
