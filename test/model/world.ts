import { TRANSITIONS, type From } from '../../src/state-machine/action-state.js';
import type { LoopPoint } from './loop.js';

/** Messages from outside: Vercel's webhooks and an operator's commands. `abort` is an operator's cancel. */
export type Post = 'start' | 'cancel' | 'cleanup' | 'release' | 'retry' | 'abort';

/** One bounded exploration. All actions of a scenario belong to one git branch, so they share allocations. */
export interface Scenario {
  readonly name: string;
  /** The messages to each action, delivered in any order. */
  readonly inbox: readonly (readonly Post[])[];
  /** How many workers die at any point, how many lose their lease and live on. */
  readonly crashes?: number;
  readonly lapses?: number;
  /** The number of provision calls that end in a temporary error, `pending` or a permanent error. */
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
  /** The number of deployments that Vercel ends independently of the action. */
  readonly settlements?: number;
  /** The number of workers that are notified of a change of their action during a step. */
  readonly notices?: number;
  /** The number of processes that shut down and hand their action over. */
  readonly shutdowns?: number;
  /** Whether a provision call may take so long that Vercel gets a progress report. */
  readonly slowCalls?: boolean;
}

/** An action's row, and what Vercel knows about the action. */
export interface ModelAction {
  state: From;
  /** Index of the allocation it joined last; -1 before the first `begin`. */
  allocation: number;
  holds: boolean;
  /** The action turned its allocation `closing` and has to close it. */
  closes: boolean;
  /** The row contains an open provision call (`callUntil`). */
  call: boolean;
  /** The row contains an open call that may still take effect. */
  stray: boolean;
  /** A job waits to be claimed; `quiet`: only when no stray call can take effect any more. */
  job: 'none' | 'now' | 'quiet';
  /** What the job contains about reports that may have arrived; null: nothing. */
  jobReportUnknown: boolean | null;
  late: boolean;
  /** What Vercel accepted. */
  told: 'nothing' | 'succeeded' | 'failed' | 'both';
  toldAllocation: number;
  toldCredentials: number;
  /** Vercel's answer to `succeeded`: decided at the first report, and the same for each repetition. */
  answer: 'open' | 'accepts' | 'refuses';
  /** The row's information whether Vercel has `failed`. */
  report: 'open' | 'accepted' | 'unknown' | 'none';
  /** A cancel, cleanup or release was received. */
  ended: boolean;
  /** An operator canceled the action. */
  aborted: boolean;
  /** Vercel answers 404 or 410. */
  deleted: boolean;
  /** Vercel no longer waits for the deployment's actions. */
  settled: boolean;
  /** The action failed for that reason, by its row. */
  failedSettled: boolean;
  /** Vercel refused \`failed\` for good. */
  failedRefused: boolean;
  /** An allocation was opened or joined although the worker had read that the deployment was settled. */
  wasted: boolean;
}

export interface ModelAllocation {
  state: 'open' | 'closing' | 'closed';
  exists: boolean;
  /** Version of the credentials that work. */
  credentials: number;
}

/** The real run loop of a claimed action, and what the model knows about it. */
export interface ModelWorker {
  action: number;
  /** Its claim token differs from the row's. The numbers do not matter. */
  overtaken: boolean;
  /** The worker lost its job and continues. */
  lapsed: boolean;
  /** With `verdictFirst` off: the state that the loop assumes in the row. */
  behind: From | null;
  /** With `holdIsReleasedAtOnce` off: the worker found itself the last holder, and has not stored it. */
  alone: boolean;
  /** Vercel had settled the deployment when this worker last read it. */
  readSettled: boolean;
  loop: LoopPoint;
}

/** A provision call without a waiting worker whose effect may still happen. */
export interface Orphan {
  action: number;
  allocation: number;
}

export interface ModelWorld {
  actions: ModelAction[];
  allocations: ModelAllocation[];
  workers: ModelWorker[];
  orphans: Orphan[];
  inbox: Post[][];
  crashes: number;
  lapses: number;
  hiccups: number;
  deletions: number;
  settlements: number;
  notices: number;
  shutdowns: number;
}

export function firstWorld(scenario: Scenario): ModelWorld {
  return {
    actions: scenario.inbox.map(() => ({
      state: 'none',
      allocation: -1,
      holds: false,
      closes: false,
      call: false,
      stray: false,
      job: 'none',
      jobReportUnknown: null,
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
    notices: scenario.notices ?? 0,
    shutdowns: scenario.shutdowns ?? 0,
  };
}

export function copyOf(world: ModelWorld): ModelWorld {
  return {
    ...world,
    actions: world.actions.map((action) => ({ ...action })),
    allocations: world.allocations.map((allocation) => ({ ...allocation })),
    workers: world.workers.map((worker) => ({ ...worker })),
    orphans: [...world.orphans],
    inbox: world.inbox.map((posts) => [...posts]),
  };
}

/** Whether a provision call of `action` on `allocation` (any by default) is open. */
export function callInFlight(world: ModelWorld, action: number, allocation?: number): boolean {
  const aims = (at: number) => allocation === undefined || at === allocation;
  return (
    world.orphans.some((orphan) => orphan.action === action && aims(orphan.allocation)) ||
    world.workers.some(
      (worker) =>
        worker.action === action &&
        worker.loop.calls.some((call) => call.kind === 'provision' && aims(call.allocation)),
    )
  );
}

/** Whether all calls in the rows are over: their time limit has passed. */
export function isQuiet(world: ModelWorld, allocation: number): boolean {
  return !world.actions.some(
    (action, a) =>
      (action.stray || action.call) && action.allocation === allocation && callInFlight(world, a, allocation),
  );
}

/** Removes the mark of an ended call, which has no effect. This reduces the number of worlds. */
export function forgetEndedStrays(world: ModelWorld): void {
  world.actions.forEach((action, a) => {
    if (action.stray && !callInFlight(world, a)) action.stray = false;
  });
}

const STATE_CODE = Object.fromEntries(Object.keys(TRANSITIONS).map((state, i) => [state, i])) as Record<
  From,
  number
>;
/**
 * Posts of one kind are equal: an inbox is the number of each, at most three, as the digits of one number.
 */
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
const JOB_CODE = { none: 0, now: 1, quiet: 2 };
const ALLOCATION_CODE = { open: 0, closing: 1, closed: 2 };

const bits = (...flags: boolean[]) => flags.reduce((sum, flag, i) => sum + (flag ? 1 << i : 0), 0);

function actionKey(action: ModelAction, inbox: readonly Post[]): string {
  return String.fromCharCode(
    STATE_CODE[action.state] * 16 + TOLD_CODE[action.told] * 4 + ANSWER_CODE[action.answer],
    bits(action.holds, action.closes, action.call, action.stray, action.late, action.ended) * 16 +
      JOB_CODE[action.job] * 4 +
      (action.jobReportUnknown === null ? 0 : 1 + Number(action.jobReportUnknown)),
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

function workerKey({ action, overtaken, lapsed, alone, readSettled, behind, loop }: ModelWorker): string {
  return String.fromCharCode(
    action * 16 + bits(overtaken, lapsed, alone, readSettled),
    behind === null ? 0 : 1 + STATE_CODE[behind],
    loop.id & 0xffff,
    loop.id >> 16,
  );
}

/** One string per world. Worlds that differ only in the order of workers or orphans have the same string. */
export function keyOf(world: ModelWorld): string {
  const allocations = world.allocations.map(
    ({ state, exists, credentials }) => ALLOCATION_CODE[state] * 32 + bits(exists) * 16 + credentials,
  );
  const orphans = world.orphans.map(({ action, allocation }) => action * 16 + allocation);
  return (
    String.fromCharCode(allocations.length, orphans.length, world.crashes * 16 + world.lapses) +
    String.fromCharCode(
      (world.hiccups * 16 + world.deletions) * 16 + world.settlements,
      world.notices * 16 + world.shutdowns,
      ...allocations,
      ...orphans.toSorted((a, b) => a - b),
    ) +
    world.actions.map((action, a) => actionKey(action, world.inbox[a]!)).join('') +
    world.workers.map(workerKey).toSorted().join('')
  );
}
