import { TRANSITIONS, type From } from '../../src/state-machine/action-state.js';

/** What may reach an action from outside: Vercel's webhooks and an operator's commands. `abort` is an operator's cancel. */
export type Post = 'start' | 'cancel' | 'cleanup' | 'release' | 'retry' | 'abort';

/** One bounded exploration. All actions of a scenario belong to one git branch, so they share allocations. */
export interface Scenario {
  readonly name: string;
  /** Per action, what is sent to it; delivered in any order. */
  readonly inbox: readonly (readonly Post[])[];
  /** How many workers die at any point, how many lose their lease and live on. */
  readonly crashes?: number;
  readonly lapses?: number;
  /** How many provision calls end in an error that may pass, `pending` or a permanent error. */
  readonly hiccups?: number;
  /** Whether the deadline of each action may pass. */
  readonly deadlines?: boolean;
  /** Whether Vercel may refuse reports for good. */
  readonly refusals?: boolean;
  /** Whether an action may turn out not to serve its deployment, each time that it is queued. */
  readonly skips?: boolean;
  /** Whether a worker may die, or the answer be lost, between Vercel's answer to `failed` and its record. */
  readonly lostAnswers?: boolean;
  /** How many deployments vanish without a webhook. */
  readonly deletions?: number;
  /** How many deployments Vercel settles whatever becomes of the action. */
  readonly settlements?: number;
}

/** An action's row, and what Vercel knows of it. */
export interface Action {
  state: From;
  /** Index of the allocation it joined last; -1 before the first `begin`. */
  allocation: number;
  holds: boolean;
  /** It turned its allocation `closing` and has to finish that. */
  closes: boolean;
  /** The row says that a provision call is out (`callUntil`). */
  call: boolean;
  /** The row says that an unsettled call may still land. */
  stray: boolean;
  /** A job waits to be claimed. */
  job: boolean;
  late: boolean;
  /** What Vercel accepted. */
  told: 'nothing' | 'succeeded' | 'failed' | 'both';
  toldAllocation: number;
  toldCredentials: number;
  /** What Vercel answers to `succeeded`; decided at the first one, the same in each repetition. */
  answer: 'open' | 'accepts' | 'refuses';
  /** Whether Vercel has `failed`, as the row says. */
  report: 'open' | 'accepted' | 'unknown' | 'none';
  /** A cancel, cleanup or release was received. */
  ended: boolean;
  /** An operator canceled it. */
  aborted: boolean;
  /** Vercel answers 404 or 410. */
  deleted: boolean;
  /** Vercel no longer waits for the deployment's actions. */
  settled: boolean;
  /** It failed because of that, as the row says. */
  failedSettled: boolean;
  /** Vercel refused \`failed\` for good. */
  failedRefused: boolean;
  /** An allocation was opened or joined for a deployment that was settled. */
  wasted: boolean;
}

export interface Allocation {
  state: 'open' | 'closing' | 'closed';
  exists: boolean;
  /** Version of the credentials that work. */
  credentials: number;
}

/** Where a worker stands between two steps; everything between two of these is one transaction or one call outside. */
export const PLACES = [
  'deciding',
  'provisioning',
  'provisioned',
  'refused permanently',
  'about to tell succeeded',
  'telling succeeded',
  'accepted',
  'refused',
  'about to tell failed',
  'telling failed',
  'failed accepted',
  'failed given up',
  'alone',
  'deprovisioning',
  'waiting for quiet',
  'gone',
] as const;
export type Place = (typeof PLACES)[number];

/** A claimed job. `overtaken` stands for "its attempt is no longer the row's": which numbers they are does not matter. */
export interface Worker {
  action: number;
  at: Place;
  overtaken: boolean;
  lapsed: boolean;
  /** The state it acts upon. */
  seen: From;
  /** The allocation and the credentials of its call. */
  allocation: number;
  credentials: number;
  /** A report of `failed` may have reached Vercel. */
  reportUnknown: boolean;
  /** No stray call was left when its deprovision call started. */
  sure: boolean;
}

/** A provision call that nobody waits for and whose effect may still land. */
export interface Orphan {
  action: number;
  allocation: number;
}

export interface World {
  actions: Action[];
  allocations: Allocation[];
  workers: Worker[];
  orphans: Orphan[];
  inbox: Post[][];
  crashes: number;
  lapses: number;
  hiccups: number;
  deletions: number;
  settlements: number;
}

export function firstWorld(scenario: Scenario): World {
  return {
    actions: scenario.inbox.map(() => ({
      state: 'none',
      allocation: -1,
      holds: false,
      closes: false,
      call: false,
      stray: false,
      job: false,
      late: false,
      told: 'nothing',
      toldAllocation: -1,
      toldCredentials: 0,
      answer: 'open',
      report: 'open',
      ended: false,
      aborted: false,
      deleted: false,
      settled: false,
      failedSettled: false,
      failedRefused: false,
      wasted: false,
    })),
    allocations: [],
    workers: [],
    orphans: [],
    inbox: scenario.inbox.map((posts) => [...posts]),
    crashes: scenario.crashes ?? 0,
    lapses: scenario.lapses ?? 0,
    hiccups: scenario.hiccups ?? 0,
    deletions: scenario.deletions ?? 0,
    settlements: scenario.settlements ?? 0,
  };
}

export function newWorker(action: number): Worker {
  return {
    action,
    at: 'deciding',
    overtaken: false,
    lapsed: false,
    seen: 'none',
    allocation: -1,
    credentials: 0,
    reportUnknown: false,
    sure: false,
  };
}

export function copyOf(world: World): World {
  return {
    ...world,
    actions: world.actions.map((action) => ({ ...action })),
    allocations: world.allocations.map((allocation) => ({ ...allocation })),
    workers: world.workers.map((worker) => ({ ...worker })),
    orphans: [...world.orphans],
    inbox: world.inbox.map((posts) => [...posts]),
  };
}

/** Whether a provision call of `action` on `allocation` (any, when left out) is still out. */
export function callInFlight(world: World, action: number, allocation?: number): boolean {
  const aims = (call: Orphan) =>
    call.action === action && (allocation === undefined || call.allocation === allocation);
  return (
    world.orphans.some(aims) || world.workers.some((worker) => worker.at === 'provisioning' && aims(worker))
  );
}

/** Whether all unsettled calls that the rows know of are over: their time limit has passed. */
export function isQuiet(world: World, allocation: number): boolean {
  return !world.actions.some(
    (action, a) => action.stray && action.allocation === allocation && callInFlight(world, a, allocation),
  );
}

/** A mark of a call that is over says nothing any more: forgetting it keeps the number of worlds down. */
export function forgetSettledStrays(world: World): void {
  world.actions.forEach((action, a) => {
    if (action.stray && !callInFlight(world, a)) action.stray = false;
  });
}

const STATE_CODE = Object.fromEntries(Object.keys(TRANSITIONS).map((state, i) => [state, i])) as Record<
  From,
  number
>;
const PLACE_CODE = Object.fromEntries(PLACES.map((place, i) => [place, i])) as Record<Place, number>;
/** Posts of one kind are alike: an inbox is how many there are of each, at most three, as the digits of one number. */
const POST_CODE: Record<Post, number> = {
  start: 1,
  cancel: 4,
  cleanup: 16,
  release: 64,
  retry: 256,
  abort: 1024,
};
const TOLD_CODE = { nothing: 0, succeeded: 1, failed: 2, both: 3 };
const ANSWER_CODE = { open: 0, accepts: 1, refuses: 2 };
const REPORT_CODE = { open: 0, accepted: 1, unknown: 2, none: 3 };
const ALLOCATION_CODE = { open: 0, closing: 1, closed: 2 };

const bits = (...flags: boolean[]) => flags.reduce((sum, flag, i) => sum + (flag ? 1 << i : 0), 0);

function actionKey(action: Action, inbox: readonly Post[]): string {
  return String.fromCharCode(
    STATE_CODE[action.state] * 16 + TOLD_CODE[action.told] * 4 + ANSWER_CODE[action.answer],
    bits(action.holds, action.closes, action.call, action.stray, action.job, action.late, action.ended),
    bits(
      action.deleted,
      action.aborted,
      action.settled,
      action.failedSettled,
      action.failedRefused,
      action.wasted,
    ) +
      REPORT_CODE[action.report] * 64 +
      (action.allocation + 1) * 256,
    (action.toldAllocation + 1) * 16 + action.toldCredentials,
    ...inboxCode(inbox),
  );
}

function inboxCode(inbox: readonly Post[]): [number, number] {
  let sum = 0;
  for (const post of inbox) sum += POST_CODE[post];
  return [sum & 255, sum >> 8];
}

function workerKey(worker: Worker): string {
  return String.fromCharCode(
    worker.action * 16 + PLACE_CODE[worker.at],
    bits(worker.overtaken, worker.lapsed, worker.reportUnknown, worker.sure) * 16 + STATE_CODE[worker.seen],
    (worker.allocation + 1) * 16 + worker.credentials,
  );
}

/** One string per world; worlds that differ only in the order of workers or orphans have the same. */
export function keyOf(world: World): string {
  const allocations = world.allocations.map(
    ({ state, exists, credentials }) => ALLOCATION_CODE[state] * 32 + bits(exists) * 16 + credentials,
  );
  const orphans = world.orphans.map(({ action, allocation }) => action * 16 + allocation);
  return (
    String.fromCharCode(allocations.length, orphans.length, world.crashes * 16 + world.lapses) +
    String.fromCharCode(
      (world.hiccups * 16 + world.deletions) * 16 + world.settlements,
      ...allocations,
      ...orphans.toSorted((a, b) => a - b),
    ) +
    world.actions.map((action, a) => actionKey(action, world.inbox[a]!)).join('') +
    world.workers.map(workerKey).toSorted().join('')
  );
}
