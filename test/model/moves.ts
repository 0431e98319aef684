import { isWorking, next, type From, type State } from '../../src/state-machine/action-state.js';
import { isReporting } from '../../src/worker/values/run-memory.js';
import { LATE_MS, type PortCall } from '../support/held-ports.js';
import { headOf, type Head, type LoopEvent } from './loop.js';
import { viewOf } from './repository.js';
import type { Rules } from './rules.js';
import type { ModelAction, Post, Scenario, ModelWorker, ModelWorld } from './world.js';

/** What a move does to a loop: an event for a worker, or a new loop for an action that was claimed. */
export type Happening = readonly [ModelWorker, LoopEvent] | readonly [number, Head];

/**
 * Offers one move. `change` is applied to a copy of the world and returns what happens to loops afterwards.
 * `waits`: time passes in this move.
 */
export type Offer = (
  label: string,
  change: (world: ModelWorld) => readonly Happening[] | void,
  waits?: boolean,
) => void;

/** Optional moves from outside: webhooks, operators, the passing of time, deletions, faults. */
export function environmentMoves(world: ModelWorld, rules: Rules, scenario: Scenario, offer: Offer): void {
  world.actions.forEach((action, a) => {
    offerPosts(world, a, rules, offer);
    if (scenario.deadlines && !action.late && ['queued', 'provisioning'].includes(action.state)) {
      offer(`the deadline of action ${a} passes`, (w) => {
        w.actions[a]!.late = true;
        return w.workers.filter((worker) => worker.action === a).map((worker) => [worker, DEADLINE_PASSES]);
      });
    }
    if (world.deletions > 0 && !action.deleted) {
      offer(`the deployment of action ${a} is deleted`, (w) => {
        w.deletions--;
        w.actions[a]!.deleted = true;
      });
    }
    if (world.settlements > 0 && !action.settled) {
      offer(`Vercel settles the deployment of action ${a}`, (w) => {
        w.settlements--;
        w.actions[a]!.settled = true;
      });
    }
  });
  world.workers.forEach((worker, k) => {
    offerFaults(world, worker, k, offer);
    offerShutdown(world, worker, k, offer);
  });
}

const DEADLINE_PASSES: LoopEvent = { kind: 'deadline passes' };

function offerPosts(world: ModelWorld, a: number, rules: Rules, offer: Offer): void {
  for (const post of new Set(world.inbox[a])) {
    if (!takes(world.actions[a]!, post, rules)) continue;
    offer(`${post} of action ${a} is received`, (w) => {
      takePost(w, a, post);
      receive(w.actions[a]!, post, rules);
    });
    if (rules.jobInTransaction || world.crashes === 0) continue;
    offer(`${post} of action ${a} is received, the process dies before its job is written`, (w) => {
      takePost(w, a, post);
      w.crashes--;
      const { job, jobReportUnknown } = w.actions[a]!;
      receive(w.actions[a]!, post, rules);
      Object.assign(w.actions[a]!, { job, jobReportUnknown });
    });
  }
}

/**
 * Whether the action accepts the post. Webhooks are always accepted. A refused command is answered 409 and
 * may be sent again.
 */
function takes(action: ModelAction, post: Post, rules: Rules): boolean {
  switch (post) {
    case 'release':
      return next(action.state, 'release') !== undefined;
    case 'retry':
      return next(action.state, 'retry') !== undefined && (!rules.retryOnlyUnheard || mayHelp(action));
    case 'abort':
      if (action.state === 'reporting') return !rules.cancelBeforeReporting;
      return next(action.state, 'abort') !== undefined;
    default:
      return true;
  }
}

/** As `refusalOf` in src/state-machine/operator-commands.ts: Vercel waits and has no verdict. */
const mayHelp = ({ report, late, failedSettled }: ModelAction): boolean =>
  report === 'none' && !late && !failedSettled;

function takePost(world: ModelWorld, a: number, post: Post): void {
  const inbox = world.inbox[a]!;
  inbox.splice(inbox.indexOf(post), 1);
}

/** The repositories' transaction for a webhook or a command: state change and job. */
function receive(action: ModelAction, post: Post, rules: Rules): void {
  const ends = post === 'cancel' || post === 'cleanup' || post === 'release';
  if (ends) action.ended = true;
  if (ends && action.state === 'none' && !rules.earlyEndLeavesRow) return;
  if (post === 'abort') action.aborted = true;
  const to = targetOf(action.state, post, rules);
  if (to === undefined) return;
  action.state = to;
  giveJob(action);
  if (post === 'retry') Object.assign(action, { report: 'open', ended: false, aborted: false });
}

function targetOf(from: From, post: Post, rules: Rules): State | undefined {
  if (post === 'abort' && !rules.cancelIsAVerdict) return next(from, 'cancel');
  if (post === 'abort' && from === 'reporting') return 'failing';
  return next(from, post) ?? (rules.noEntryNoChange ? undefined : next('none', post));
}

/** A job contains nothing about reports of an earlier worker: one of them may have arrived. */
export function giveJob(action: ModelAction): void {
  action.job = 'now';
  action.jobReportUnknown = null;
}

function offerFaults(world: ModelWorld, worker: ModelWorker, k: number, offer: Offer): void {
  const who = `the worker of action ${worker.action}`;
  if (world.crashes > 0) {
    offer(`${who} dies, ${whereOf(worker)}`, (w) => {
      w.crashes--;
      const [dead] = w.workers.splice(k, 1);
      orphanCalls(w, dead!.action, dead!.loop.calls);
      if (!dead!.lapsed) giveJob(w.actions[dead!.action]!);
    });
  }
  if (world.lapses > 0 && !worker.lapsed) {
    offer(`${who} loses its lease and lives on, ${whereOf(worker)}`, (w) => {
      w.lapses--;
      w.workers[k]!.lapsed = true;
      giveJob(w.actions[worker.action]!);
    });
  }
}

const whereOf = ({ loop }: ModelWorker): string => loop.calls.map(({ kind }) => `in ${kind}`).join(' and ');

/** First no further step starts; after the grace period, the current step is interrupted. */
function offerShutdown(world: ModelWorld, worker: ModelWorker, k: number, offer: Offer): void {
  if (world.shutdowns === 0) return;
  const who = `the process of action ${worker.action}'s worker`;
  offer(`${who} shuts down`, (w) => {
    w.shutdowns--;
    return [[w.workers[k]!, { kind: 'drain' }]];
  });
  offer(`${who} shuts down and waits for no step`, (w) => {
    w.shutdowns--;
    return [
      [w.workers[k]!, { kind: 'drain' }],
      [w.workers[k]!, { kind: 'interrupt', reason: 'shutdown' }],
    ];
  });
}

/** Provision calls without a waiting worker. */
export function orphanCalls(world: ModelWorld, action: number, calls: readonly PortCall[]): void {
  for (const call of calls)
    if (call.kind === 'provision') world.orphans.push({ action, allocation: call.allocation });
}

/** Orphaned provision calls: the effect happens after all, or never. */
export function orphanMoves(world: ModelWorld, offer: Offer): void {
  world.orphans.forEach(({ action, allocation }, k) => {
    offer(`an orphaned call of action ${action} lands on allocation ${allocation}`, (w) => {
      w.orphans.splice(k, 1);
      w.allocations[allocation]!.exists = true;
    });
    offer(`an orphaned call of action ${action} comes to nothing`, (w) => void w.orphans.splice(k, 1));
  });
}

/** A worker claims a job: it draws a new token, and an open call of an earlier worker becomes a stray one. */
export function claimMoves(world: ModelWorld, rules: Rules, offer: Offer): void {
  world.actions.forEach((action, a) => {
    if (action.job === 'none') return;
    if (action.job === 'quiet' && viewOf(world, a, rules).strayMs > 0) return;
    const running = world.workers.some((worker) => worker.action === a && !worker.lapsed);
    if (running && rules.oneJobPerAction) return;
    offer(`a worker claims action ${a} in ${action.state}`, (w) => claim(w, a, rules));
  });
}

function claim(world: ModelWorld, a: number, rules: Rules): readonly Happening[] | void {
  const action = world.actions[a]!;
  const { jobReportUnknown } = action;
  action.job = 'none';
  action.jobReportUnknown = null;
  for (const worker of world.workers) if (worker.action === a) worker.overtaken = true;
  action.stray ||= action.call;
  action.call = false;
  if (action.state === 'none' || !isWorking(action.state)) return undefined;
  const view = viewOf(world, a, rules);
  const reportUnknown = isReporting(view) && (jobReportUnknown ?? true);
  return [[a, headOf(view, reportUnknown, action.late ? LATE_MS : 0)]];
}
