import type { Scenario } from './world.js';

/** Explored by every `npm test`. */
export const SCENARIOS = {
  oneFaulty: {
    name: 'one action: every order, a crash, a zombie, refusals',
    inbox: [['start', 'cancel', 'cleanup']],
    crashes: 1,
    lapses: 1,
    deadlines: true,
    refusals: true,
  },
  oneHiccups: {
    name: 'one action: hiccups, release, a deleted deployment, a crash',
    inbox: [['start', 'cancel', 'release']],
    crashes: 1,
    hiccups: 2,
    deletions: 1,
    deadlines: true,
    refusals: true,
  },
  oneOperator: {
    name: 'one action: an operator cancels and retries, a crash, a settled deployment, lost answers',
    inbox: [['start', 'abort', 'retry']],
    crashes: 1,
    settlements: 1,
    deadlines: true,
    refusals: true,
    lostAnswers: true,
  },
  oneRetry: {
    name: 'one action: retry after a failure, a crash, a zombie',
    inbox: [['start', 'retry', 'cleanup']],
    crashes: 1,
    lapses: 1,
    deadlines: true,
    refusals: true,
  },
  oneSkips: {
    name: 'one action: skipped or begun, retry, cancel, a crash, refusals',
    inbox: [['start', 'retry', 'cancel']],
    crashes: 1,
    deadlines: true,
    refusals: true,
    skips: true,
  },
  oneShutdown: {
    name: 'one action: a shutdown, steps that are interrupted, slow calls, lost answers',
    inbox: [['start', 'cancel', 'release']],
    hiccups: 1,
    notices: 1,
    shutdowns: 1,
    refusals: true,
    lostAnswers: true,
    slowCalls: true,
  },
  twoCrash: {
    name: 'two actions: cancel and cleanup, a crash',
    inbox: [
      ['start', 'cancel'],
      ['start', 'cleanup'],
    ],
    crashes: 1,
  },
  twoRetry: {
    name: 'two actions: an operator cancels one and retries it, refusals',
    inbox: [['start', 'abort', 'retry'], ['start']],
    refusals: true,
  },
} as const satisfies Record<string, Scenario>;

/** The scenario in which the absence of `fencing` shows soonest. */
export const ZOMBIE: Scenario = {
  name: 'one action: a cleanup, a crash, a zombie',
  inbox: [['start', 'cleanup']],
  crashes: 1,
  lapses: 1,
};

/** The scenario in which the absence of `beginWhenQuiet` shows soonest. */
export const STRAY_RETRY: Scenario = {
  name: 'two actions: one is canceled with a stray call and retried, the other is cleaned up',
  inbox: [
    ['start', 'abort', 'retry'],
    ['start', 'cleanup'],
  ],
  hiccups: 1,
  refusals: true,
};

/** Explored by `npm test -- --project model-deep`: several million worlds, minutes and up to 3 GB. */
export const DEEP_SCENARIOS: readonly Scenario[] = [
  {
    name: 'one action: every order, repeated start, two crashes, a zombie, refusals',
    inbox: [['start', 'start', 'cancel', 'cleanup']],
    crashes: 2,
    lapses: 1,
    deadlines: true,
    refusals: true,
  },
  {
    name: 'one action: hiccups, release, a deleted deployment, a crash',
    inbox: [['start', 'cancel', 'release']],
    crashes: 1,
    hiccups: 2,
    deletions: 1,
    deadlines: true,
    refusals: true,
  },
  {
    name: 'one action: an operator cancels and retries, a crash, a hiccup, a settled deployment',
    inbox: [['start', 'abort', 'retry', 'cancel']],
    crashes: 1,
    hiccups: 1,
    settlements: 1,
    deadlines: true,
    refusals: true,
    lostAnswers: true,
  },
  {
    name: 'one action: retry after a failure, a crash, a zombie',
    inbox: [['start', 'retry', 'cleanup', 'release']],
    crashes: 1,
    lapses: 1,
    deadlines: true,
    refusals: true,
  },
  {
    name: 'one action: skipped or begun, retry, cancel, cleanup, a crash, a zombie, refusals',
    inbox: [['start', 'retry', 'cancel', 'cleanup']],
    crashes: 1,
    lapses: 1,
    deadlines: true,
    refusals: true,
    skips: true,
  },
  {
    name: 'two actions: cancel and cleanup, deadlines, a crash',
    inbox: [
      ['start', 'cancel', 'cleanup'],
      ['start', 'cleanup'],
    ],
    crashes: 1,
    deadlines: true,
  },
  {
    name: 'two actions: cancel and cleanup, deadlines, a zombie',
    inbox: [
      ['start', 'cleanup'],
      ['start', 'cancel'],
    ],
    lapses: 1,
    deadlines: true,
  },
  {
    name: 'two actions: an operator cancels one and retries it, a hiccup, refusals',
    inbox: [
      ['start', 'abort', 'retry'],
      ['start', 'cleanup'],
    ],
    hiccups: 1,
    refusals: true,
  },
  {
    name: 'three actions: two of them cleaned up, a crash',
    inbox: [['start', 'cleanup'], ['start', 'cleanup'], ['start']],
    crashes: 1,
  },
  {
    name: 'one action: an operator cancels and retries, a zombie, a settled deployment, lost answers',
    inbox: [['start', 'abort', 'retry', 'cancel']],
    lapses: 1,
    settlements: 1,
    deadlines: true,
    refusals: true,
    lostAnswers: true,
  },
  {
    name: 'one action: every event, a hiccup, a zombie',
    inbox: [['start', 'cancel', 'cleanup', 'release', 'retry']],
    lapses: 1,
    hiccups: 1,
    deadlines: true,
    refusals: true,
  },
  {
    name: 'two actions: a cleanup, a crash and a zombie',
    inbox: [['start', 'cleanup'], ['start']],
    crashes: 1,
    lapses: 1,
  },
  {
    name: 'two actions: a retry, a hiccup, a crash',
    inbox: [
      ['start', 'retry'],
      ['start', 'cleanup'],
    ],
    crashes: 1,
    hiccups: 1,
    deadlines: true,
  },
  {
    name: 'three actions: all cleaned up, a crash',
    inbox: [
      ['start', 'cleanup'],
      ['start', 'cleanup'],
      ['start', 'cleanup'],
    ],
    crashes: 1,
  },
];
