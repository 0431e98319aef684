import { isWorking, next, type From, type State } from '../../src/state-machine/action-state.js';
import type { Rules } from './rules.js';
import { newWorker, type Action, type Post, type Scenario, type Worker, type World } from './world.js';

/** Offers one move: `change` is applied to a copy of the world. */
export type Offer = (label: string, change: (world: World) => void) => void;

/** What comes from outside and need not come: webhooks, operators, the passing of time, deletions, faults. */
export function environmentMoves(world: World, rules: Rules, scenario: Scenario, offer: Offer): void {
  world.actions.forEach((action, a) => {
    offerPosts(world, a, rules, offer);
    if (scenario.deadlines && !action.late && ['queued', 'provisioning'].includes(action.state)) {
      offer(`the deadline of action ${a} passes`, (w) => (w.actions[a]!.late = true));
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
  world.workers.forEach((worker, k) => offerFaults(world, worker, k, offer));
}

function offerPosts(world: World, a: number, rules: Rules, offer: Offer): void {
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
      const hadJob = w.actions[a]!.job;
      receive(w.actions[a]!, post, rules);
      w.actions[a]!.job = hadJob;
    });
  }
}

/** Webhooks are always taken. A command that is refused is answered 409 and may be sent again. */
function takes(action: Action, post: Post, rules: Rules): boolean {
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
const mayHelp = ({ report, late, failedSettled }: Action): boolean =>
  report === 'none' && !late && !failedSettled;

function takePost(world: World, a: number, post: Post): void {
  const inbox = world.inbox[a]!;
  inbox.splice(inbox.indexOf(post), 1);
}

/** The store's transaction for a webhook or a command: state change and job. */
function receive(action: Action, post: Post, rules: Rules): void {
  const ends = post === 'cancel' || post === 'cleanup' || post === 'release';
  if (ends) action.ended = true;
  if (ends && action.state === 'none' && !rules.earlyEndLeavesRow) return;
  if (post === 'abort') action.aborted = true;
  const to = targetOf(action.state, post, rules);
  if (to === undefined) return;
  action.state = to;
  action.job = true;
  if (post === 'retry') Object.assign(action, { report: 'open', ended: false, aborted: false });
}

function targetOf(from: From, post: Post, rules: Rules): State | undefined {
  if (post === 'abort' && !rules.cancelIsAVerdict) return next(from, 'cancel');
  if (post === 'abort' && from === 'reporting') return 'failing';
  return next(from, post) ?? (rules.noEntryNoChange ? undefined : next('none', post));
}

function offerFaults(world: World, worker: Worker, k: number, offer: Offer): void {
  const who = `the worker of action ${worker.action}`;
  if (world.crashes > 0) {
    offer(`${who} dies, ${worker.at}`, (w) => {
      w.crashes--;
      const [dead] = w.workers.splice(k, 1);
      if (dead!.at === 'provisioning') {
        w.orphans.push({ action: dead!.action, allocation: dead!.allocation });
      }
      if (!dead!.lapsed) w.actions[dead!.action]!.job = true;
    });
  }
  if (world.lapses > 0 && !worker.lapsed) {
    offer(`${who} loses its lease and lives on, ${worker.at}`, (w) => {
      w.lapses--;
      w.workers[k]!.lapsed = true;
      w.actions[worker.action]!.job = true;
    });
  }
}

/** Orphaned provision calls: the effect lands after all, or never. */
export function orphanMoves(world: World, offer: Offer): void {
  world.orphans.forEach(({ action, allocation }, k) => {
    offer(`an orphaned call of action ${action} lands on allocation ${allocation}`, (w) => {
      w.orphans.splice(k, 1);
      w.allocations[allocation]!.exists = true;
    });
    offer(`an orphaned call of action ${action} comes to nothing`, (w) => w.orphans.splice(k, 1));
  });
}

/** A worker takes a job: it draws a new attempt, and an unsettled call of an earlier worker becomes a stray one. */
export function claimMoves(world: World, rules: Rules, offer: Offer): void {
  world.actions.forEach((action, a) => {
    if (!action.job) return;
    const running = world.workers.some((worker) => worker.action === a && !worker.lapsed);
    if (running && rules.oneJobPerAction) return;
    offer(`a worker claims action ${a} in ${action.state}`, (w) => claim(w, a));
  });
}

function claim(world: World, a: number): void {
  const action = world.actions[a]!;
  action.job = false;
  for (const worker of world.workers) if (worker.action === a) worker.overtaken = true;
  action.stray ||= action.call;
  action.call = false;
  if (action.state === 'none' || !isWorking(action.state)) return;
  // A worker before may have reported it and died.
  world.workers.push({ ...newWorker(a), reportUnknown: action.state === 'failing' });
}
