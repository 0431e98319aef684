import type { ActionView, AllocationView } from '../../src/action/claims/action-view.js';
import type { Decline } from '../../src/action/updates/decline.js';
import type { GuardedUpdate } from '../../src/action/updates/guarded-update.js';
import type { HoldRelease, HoldReleaseResult } from '../../src/action/updates/release-hold.js';
import { next, type Event, type From, type State } from '../../src/state-machine/action-state.js';
import { ALLOCATION, viewOf as wholeView } from '../support/action-run.js';
import { DEADLINE_MS, LATE_MS } from '../support/held-ports.js';
import { STRAY_MS } from './loop.js';
import type { Rules } from './rules.js';
import { callInFlight, isQuiet, type ModelAction, type ModelWorker, type ModelWorld } from './world.js';

/** The rows of a world as the run loop's repository reads and writes them, with the guards of src/action. */

/** `SELECT … WHERE attempt = mine`; undefined when a later claim has taken the action over. */
export function view(world: ModelWorld, worker: ModelWorker, rules: Rules): ActionView | undefined {
  worker.behind = null;
  return rules.fencing && worker.overtaken ? undefined : viewOf(world, worker.action, rules);
}

export function viewOf(world: ModelWorld, a: number, rules: Rules): ActionView {
  const action = world.actions[a]!;
  return wholeView({
    state: action.state as State,
    hold: action.closes ? 'closes' : action.holds ? 'holds' : null,
    reason: action.failedSettled ? 'deployment-settled' : null,
    failureReport: action.report === 'open' ? null : action.report,
    deadlineMs: DEADLINE_MS - (action.late ? LATE_MS : 0),
    strayMs: isStrayLeft(world, a, rules) ? STRAY_MS : 0,
    allocation: action.allocation < 0 ? null : allocationView(action.allocation),
  });
}

const allocationView = (a: number): AllocationView => ({ ...ALLOCATION, key: String(a) });

function isStrayLeft(world: ModelWorld, a: number, rules: Rules): boolean {
  const action = world.actions[a]!;
  if (action.closes) return rules.quietGone && rules.quietAskedFirst && !isQuiet(world, action.allocation);
  return action.state === 'queued' && isOwnStrayLeft(world, a, rules);
}

const isOwnStrayLeft = (world: ModelWorld, a: number, rules: Rules): boolean =>
  rules.beginWhenQuiet && world.actions[a]!.stray && callInFlight(world, a, world.actions[a]!.allocation);

/** Joins the open allocation of the branch or opens the next generation. */
export function begin(world: ModelWorld, worker: ModelWorker, rules: Rules): AllocationView | undefined {
  const { allocations } = world;
  const action = world.actions[worker.action]!;
  if (!isGuarded(action, worker, 'queued', rules) || isOwnStrayLeft(world, worker.action, rules))
    return undefined;
  let a = rules.neverReopened ? allocations.findIndex(({ state }) => state === 'open') : 0;
  if (allocations[a] === undefined)
    a = allocations.push({ state: 'open', exists: false, credentials: 0 }) - 1;
  allocations[a]!.state = 'open';
  Object.assign(action, { allocation: a, holds: true, call: true, wasted: worker.readSettled });
  move(action, 'queued', 'begin');
  return allocationView(a);
}

export function decline(world: ModelWorld, worker: ModelWorker, { event }: Decline, rules: Rules): boolean {
  const action = world.actions[worker.action]!;
  if (!isGuarded(action, worker, 'queued', rules) || isOwnStrayLeft(world, worker.action, rules))
    return false;
  if (event === 'skip') action.allocation = -1;
  action.report = 'open';
  move(action, 'queued', event);
  return true;
}

export function apply(world: ModelWorld, worker: ModelWorker, update: GuardedUpdate, rules: Rules): boolean {
  const action = world.actions[worker.action]!;
  const { from, event } = update;
  if (!isGuarded(action, worker, worker.behind ?? from, rules)) return false;
  if (update.closes && (!action.closes || isTooEarly(world, action, rules))) return false;
  writeCall(action, update.call);
  if (!rules.verdictFirst && isVerdict(event)) worker.behind ??= action.state;
  else writeState(action, worker, update, rules);
  if (update.closes) world.allocations[action.allocation]!.state = 'closed';
  if (update.closes) action.closes = false;
  return true;
}

function writeState(action: ModelAction, worker: ModelWorker, update: GuardedUpdate, rules: Rules): void {
  const { from, event, reason, failureReport } = update;
  if (worker.behind !== null) catchUp(action, worker, from);
  if (event !== undefined) move(action, from, event);
  if (event !== undefined && action.state === 'failing') action.report = 'open';
  if (reason === 'deployment-settled') action.failedSettled = true;
  if (failureReport !== undefined)
    action.report = failureReport === 'unknown' && !rules.lostCountsAsHeard ? 'none' : failureReport;
}

/** Without `verdictFirst`, the verdict is written only after Vercel has the report. */
const isVerdict = (event: Event | undefined): boolean =>
  event === 'ready' || event === 'fail' || event === 'refused';

function catchUp(action: ModelAction, worker: ModelWorker, to: State): void {
  action.state = to;
  worker.behind = null;
}

/** Without `quietAskedFirst`, stray calls are looked for here, after deprovision has answered. */
const isTooEarly = (world: ModelWorld, { allocation }: ModelAction, rules: Rules): boolean =>
  rules.quietGone && !rules.quietAskedFirst && !isQuiet(world, allocation);

function writeCall(action: ModelAction, call: GuardedUpdate['call']): void {
  if (call === undefined) return;
  if (call === 'stray') action.stray ||= action.call;
  action.call = call === 'starts';
}

/** Returns `moved` when the guards matched no row. */
export function releaseHold(
  world: ModelWorld,
  worker: ModelWorker,
  { from, to }: HoldRelease,
  rules: Rules,
): HoldReleaseResult {
  const action = world.actions[worker.action]!;
  if (!isGuarded(action, worker, from, rules) || !action.holds) return 'moved';
  const isLast = worker.alone || !rules.onlyLastHolderDeprovisions || !isShared(world, worker);
  worker.alone = false;
  action.holds = false;
  if (isLast)
    world.allocations[action.allocation]!.state = rules.deprovisionBeforeRest ? 'closing' : 'closed';
  if (isLast && rules.deprovisionBeforeRest) {
    action.closes = true;
    return 'closes';
  }
  action.state = to;
  return 'left';
}

/** Whether another action holds the worker's allocation. */
export function isShared(world: ModelWorld, worker: ModelWorker): boolean {
  const mine = world.actions[worker.action]!;
  return world.actions.some((other) => other !== mine && other.holds && other.allocation === mine.allocation);
}

const isGuarded = (action: ModelAction, worker: ModelWorker, from: From, rules: Rules): boolean =>
  (!rules.fencing || !worker.overtaken) && (!rules.guardedState || action.state === from);

/**
 * The only way in which a worker changes a state: by the project's own table, from the state that the worker
 * read.
 */
function move(action: ModelAction, from: State, event: Event): void {
  const to = next(from, event);
  if (to === undefined) throw new Error(`model: no entry for ${event} in ${from}`);
  action.state = to;
}
