import { beforeAll, describe, expect, it } from 'vitest';
import { logTo } from '../../src/log/log.js';
import { TRANSITIONS } from '../../src/state-machine/action-state.js';
import { explore, type Exploration } from './explore.js';
import type { Invariant } from './invariants.js';
import { ALL_RULES, without, type Rules } from './rules.js';
import { SCENARIOS, STRAY_RETRY, ZOMBIE } from './scenarios.js';
import type { Scenario } from './world.js';

/** Each rule, with the scenario in which its absence shows soonest, and the violated invariant. */
const COUNTEREXAMPLES = {
  verdictFirst: [SCENARIOS.oneRetry, 'two contradictory terminal reports'],
  neverReopened: [SCENARIOS.twoRetry, 'a live deployment told succeeded has lost its resource'],
  holdIsReleasedAtOnce: [SCENARIOS.twoCrash, 'a live deployment told succeeded has lost its resource'],
  onlyLastHolderDeprovisions: [SCENARIOS.twoCrash, 'a live deployment told succeeded has lost its resource'],
  deprovisionBeforeRest: [SCENARIOS.oneRetry, 'leak: it exists, and no action in succeeded holds it'],
  quietGone: [SCENARIOS.oneRetry, 'leak: it exists, and no action in succeeded holds it'],
  quietAskedFirst: [SCENARIOS.oneRetry, 'leak: it exists, and no action in succeeded holds it'],
  beginWhenQuiet: [STRAY_RETRY, 'leak: it exists, and no action in succeeded holds it'],
  stableCredentials: [SCENARIOS.twoCrash, 'a live deployment holds credentials that no longer work'],
  fencing: [ZOMBIE, 'leak: it exists, and no action in succeeded holds it'],
  guardedState: [SCENARIOS.oneRetry, 'succeeded after cancel, cleanup or release'],
  jobInTransaction: [SCENARIOS.oneRetry, 'stuck in a working state'],
  earlyEndLeavesRow: [SCENARIOS.oneRetry, 'succeeded after cancel, cleanup or release'],
  noEntryNoChange: [SCENARIOS.oneRetry, 'succeeded after cancel, cleanup or release'],
  cancelIsAVerdict: [SCENARIOS.oneOperator, 'canceled by an operator, and Vercel waits on'],
  cancelBeforeReporting: [SCENARIOS.oneOperator, 'two contradictory terminal reports'],
  retryOnlyUnheard: [SCENARIOS.oneOperator, 'two contradictory terminal reports'],
  lostCountsAsHeard: [SCENARIOS.oneOperator, 'two contradictory terminal reports'],
  settledMakesNothing: [SCENARIOS.oneOperator, 'made for a deployment that Vercel has settled'],
  failingAlwaysReleases: [SCENARIOS.oneFaulty, 'stuck in a working state'],
} satisfies Record<Exclude<keyof Rules, 'oneJobPerAction'>, readonly [Scenario, Invariant]>;

beforeAll(() => logTo('silent'));

const violationsIn = ({ found }: Exploration) => Object.fromEntries(found);

describe('the model with all rules', () => {
  const changes = new Set<string>();

  it.each(Object.values(SCENARIOS))('holds every invariant: $name', async (scenario) => {
    const exploration = await explore(scenario, ALL_RULES);
    for (const change of exploration.changes) changes.add(change);
    expect(violationsIn(exploration)).toEqual({});
    expect(exploration.worlds).toBeGreaterThan(5_000);
  });

  it('makes every state change of the table in these scenarios', () => {
    const table = Object.entries(TRANSITIONS).flatMap(([from, row]) =>
      Object.values(row).map((to) => `${from} → ${to}`),
    );
    expect([...changes].toSorted()).toEqual([...new Set(table)].toSorted());
  });
});

describe('the model without one rule', () => {
  it.each(Object.entries(COUNTEREXAMPLES))(
    'finds the counterexample without %s',
    async (rule, [scenario, name]) => {
      const { found } = await explore(scenario, without(rule as keyof Rules), { stopAtFirst: true });
      expect([...found.keys()]).toEqual([name]);
      expect(found.get(name)!.length).toBeGreaterThan(0);
    },
  );

  it('does not depend on one job at a time: fencing carries the invariants', async () => {
    const rules = without('oneJobPerAction');
    expect(violationsIn(await explore(ZOMBIE, rules))).toEqual({});
    expect(violationsIn(await explore(SCENARIOS.oneOperator, rules))).toEqual({});
  });
});

describe('the exploration', () => {
  it('returns the moves of the shortest counterexample in order', async () => {
    const { found } = await explore(SCENARIOS.oneRetry, without('deprovisionBeforeRest'), {
      stopAtFirst: true,
    });
    expect(found.get('leak: it exists, and no action in succeeded holds it')).toEqual([
      'start of action 0 is received',
      'a worker claims action 0 in queued',
      'the worker of action 0 reads the deployment',
      'the worker of action 0 begins',
      'the worker of action 0 gets ready from provision',
      'cleanup of action 0 is received',
      'the worker of action 0 dies, in apply',
      'a worker claims action 0 in releasing',
      'the worker of action 0 releases its hold',
    ]);
  });

  it('refuses a scenario that is larger than its limit', async () => {
    await expect(explore(SCENARIOS.oneFaulty, ALL_RULES, { worlds: 100 })).rejects.toThrow(
      'more than 100 worlds',
    );
  });
});
