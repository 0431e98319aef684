import { missingOf } from '../../src/vercel/deployment/deployment-gone.js';
import type { DeploymentAnswer, ReportAnswer } from '../../src/vercel/gateway.js';
import { foundOf } from '../support/action-run.js';
import type { PortCall } from '../support/held-ports.js';
import { accessAnswer, after, keyOfView, pointAt, SLOW_MS, STRAY_MS, type LoopEvent } from './loop.js';
import { giveJob, orphanCalls, type Happening, type Offer } from './moves.js';
import * as rows from './repository.js';
import type { Rules } from './rules.js';
import type { ModelAction, Scenario, ModelWorker, ModelWorld } from './world.js';

/** One port call of a worker, in a world that is only read. */
interface Waiting<Call extends PortCall = PortCall> {
  readonly world: ModelWorld;
  readonly rules: Rules;
  readonly scenario: Scenario;
  readonly worker: ModelWorker;
  readonly action: ModelAction;
  readonly call: Call;
  /**
   * Offers an answer. `change` gets copies and returns the answer, or nothing when the loop does not
   * continue.
   */
  readonly step: (label: string, change: (moved: Moved) => LoopEvent | void, waits?: boolean) => void;
}

interface Moved {
  readonly world: ModelWorld;
  readonly worker: ModelWorker;
  readonly action: ModelAction;
}

type CallOf<Kind extends PortCall['kind']> = Extract<PortCall, { kind: Kind }>;

/** Every answer that the ports of every worker may give next. */
export function workerMoves(world: ModelWorld, rules: Rules, scenario: Scenario, offer: Offer): void {
  world.workers.forEach((worker, k) => {
    const who = `the worker of action ${worker.action}${worker.overtaken ? ' (overtaken)' : ''}`;
    const action = world.actions[worker.action]!;
    const step: Waiting['step'] = (label, change, waits) =>
      offer(`${who} ${label}`, (w) => moved(w, k, change), waits);
    for (const call of worker.loop.calls) answers({ world, rules, scenario, worker, action, call, step });
    offerNotice(world, worker, k, offer);
  });
}

function moved(
  world: ModelWorld,
  k: number,
  change: (moved: Moved) => LoopEvent | void,
): readonly Happening[] {
  const worker = world.workers[k]!;
  const event = change({ world, worker, action: world.actions[worker.action]! });
  return event === undefined ? [] : [[worker, event]];
}

/** A notification, or the comparison with the rows that replaces a lost one. */
function offerNotice(world: ModelWorld, worker: ModelWorker, k: number, offer: Offer): void {
  const { state } = world.actions[worker.action]!;
  const isMoved = worker.overtaken || worker.loop.head.state.view.state !== state;
  if (world.notices === 0 || !isMoved) return;
  for (const call of [undefined, ...worker.loop.calls.filter(mayHaveArrived)]) {
    const arrived =
      call === undefined ? '' : `; its report of ${(call as CallOf<'report'>).status} had arrived`;
    offer(`the worker of action ${worker.action} hears that it moved${arrived}`, (w) => {
      w.notices--;
      const heard = w.workers[k]!;
      if (call !== undefined) hear(w, heard, call as CallOf<'report'>);
      return [[heard, { kind: 'interrupt', reason: 'moved' }]];
    });
  }
}

const mayHaveArrived = (call: PortCall): boolean => call.kind === 'report' && call.status !== 'running';

function answers(waiting: Waiting): void {
  const { call } = waiting;
  switch (call.kind) {
    case 'sleep':
      return sleeps({ ...waiting, call });
    case 'deployment':
      return tellsDeployment({ ...waiting, call });
    case 'report':
      return call.status === 'failed'
        ? hearsFailed({ ...waiting, call })
        : hearsSucceeded({ ...waiting, call });
    case 'provision':
      return provisions({ ...waiting, call });
    case 'deprovision':
      return waiting.step('deprovisions', ({ world }) => {
        world.allocations[call.allocation]!.exists = false;
        return answer(call, { status: 'gone' });
      });
    case 'release hold':
      return releasesHold({ ...waiting, call });
    default:
      return writes(waiting);
  }
}

function writes({ call, rules, step }: Waiting): void {
  switch (call.kind) {
    case 'view':
      return step('reads its row', ({ world, worker }) => {
        const view = rows.view(world, worker, rules);
        return answer(call, view, view === undefined ? 'overtaken' : keyOfView(view) + view.deadlineMs);
      });
    case 'begin':
      return step('begins', ({ world, worker }) => answer(call, rows.begin(world, worker, rules)));
    case 'decline':
      return step(`declines by ${call.item.event}`, ({ world, worker }) =>
        answer(call, rows.decline(world, worker, call.item, rules)),
      );
    case 'apply': {
      const { event, call: end, failureReport } = call.update;
      return step(`writes ${event ?? failureReport ?? `call ${end}`}`, ({ world, worker }) =>
        answer(call, rows.apply(world, worker, call.update, rules)),
      );
    }
    default:
      throw new Error(`model: ${call.kind} is answered at once`);
  }
}

function releasesHold({ world, worker, action, call, rules, step }: Waiting<CallOf<'release hold'>>): void {
  const isSplit = !rules.holdIsReleasedAtOnce && !worker.alone;
  if (isSplit && action.holds && !rows.isShared(world, worker))
    return step('finds itself the last holder', ({ worker: alone }) => void (alone.alone = true));
  step('releases its hold', ({ world: w, worker: last }) =>
    answer(call, rows.releaseHold(w, last, call.item, rules)),
  );
}

/** A wait for stray calls ends when they are over. */
function sleeps({ call, world, worker, rules, scenario, step }: Waiting<CallOf<'sleep'>>): void {
  if (call.ms === SLOW_MS && scenario.slowCalls !== true) return;
  if (call.ms >= STRAY_MS && rows.viewOf(world, worker.action, rules).strayMs > 0) return;
  step('waited', () => answer(call, undefined), call.ms > 0);
}

/** The skipped environment is production; see the definition in loop.ts. */
function tellsDeployment({ action, call, rules, scenario, step }: Waiting<CallOf<'deployment'>>): void {
  if (action.deleted) return step('hears that the deployment is gone', () => answer(call, GONE));
  const settled = action.settled && rules.settledMakesNothing;
  const integrationsStatus = action.told === 'succeeded' ? 'ready' : 'pending';
  const deployment = foundOf({ readyState: settled ? 'ERROR' : 'BUILDING', integrationsStatus });
  step('reads the deployment', ({ action: read, worker }) => {
    worker.readSettled = read.settled;
    return answer(call, { kind: 'found', deployment } satisfies DeploymentAnswer);
  });
  if (scenario.skips !== true || settled) return;
  const production = { ...deployment, environment: { key: 'production', name: 'production' } };
  step('reads that the deployment is in another environment', () =>
    answer(call, { kind: 'found', deployment: production } satisfies DeploymentAnswer),
  );
}

function hearsSucceeded(waiting: Waiting<CallOf<'report'>>): void {
  const { action, call, scenario, step } = waiting;
  if (action.deleted) return step('reports succeeded: the deployment is gone', () => answer(call, GONE));
  if (action.answer !== 'refuses') {
    step(
      'reports succeeded, accepted',
      ({ world, worker }) => (hear(world, worker, call), answer(call, ACCEPTED)),
    );
    if (scenario.lostAnswers)
      step('reports succeeded, accepted, the answer is lost', ({ world, worker }) => {
        hear(world, worker, call);
        return answer(call, LOST);
      });
  }
  if (scenario.refusals && action.answer !== 'accepts')
    step('reports succeeded, refused for good', ({ action: refusing }) => {
      refusing.answer = 'refuses';
      return answer(call, REFUSED);
    });
}

function hearsFailed({ action, call, rules, scenario, step }: Waiting<CallOf<'report'>>): void {
  if (!action.deleted) {
    step(
      'reports failed, accepted',
      ({ world, worker }) => (hear(world, worker, call), answer(call, ACCEPTED)),
    );
    if (scenario.lostAnswers)
      step('reports failed, accepted, the answer is lost', ({ world, worker }) => {
        hear(world, worker, call);
        return answer(call, LOST);
      });
  }
  if (!action.deleted && scenario.refusals !== true) return;
  step('reports failed, refused for good', ({ world, worker, action: refused }) => {
    refused.failedRefused = true;
    if (rules.failingAlwaysReleases) return answer(call, action.deleted ? GONE : REFUSED);
    world.workers.splice(world.workers.indexOf(worker), 1);
    return undefined;
  });
}

/** Vercel accepts a report. The build may already use the first credentials of the deployment. */
function hear(world: ModelWorld, { action: a }: ModelWorker, { status, secrets }: CallOf<'report'>): void {
  const action = world.actions[a]!;
  if (status === 'failed') {
    action.told = action.told === 'succeeded' || action.told === 'both' ? 'both' : 'failed';
    return;
  }
  action.answer = 'accepts';
  if (action.told === 'succeeded' || action.told === 'both') return;
  action.told = action.told === 'failed' ? 'both' : 'succeeded';
  action.toldAllocation = Number(secrets['ALLOCATION'] ?? -1);
  action.toldCredentials = Number(secrets['CREDENTIALS'] ?? 0);
}

function provisions({ world: before, call, rules, step }: Waiting<CallOf<'provision'>>): void {
  const make = (world: ModelWorld): Record<string, string> => {
    const allocation = world.allocations[call.allocation]!;
    allocation.exists = true;
    if (!rules.stableCredentials) allocation.credentials = Math.min(allocation.credentials + 1, 7);
    return { ALLOCATION: String(call.allocation), CREDENTIALS: String(allocation.credentials) };
  };
  step('gets ready from provision', ({ world }) =>
    answer(call, { status: 'ready', handle: null, secrets: make(world) }),
  );
  if (before.hiccups === 0) return;
  step('gets pending from provision', ({ world }) => {
    world.hiccups--;
    make(world);
    return answer(call, { status: 'pending', message: 'pending', retryAfterMs: 1_000 });
  });
  step('gets an error from provision that may pass', ({ world, worker }) => {
    world.hiccups--;
    orphanCalls(world, worker.action, [call]);
    return { kind: 'error', n: call.n, permanent: false };
  });
  step('gets a permanent error from provision', ({ world }) => {
    world.hiccups--;
    return { kind: 'error', n: call.n, permanent: true };
  });
}

const answer = ({ n }: PortCall, value: unknown, tag = JSON.stringify(value)): LoopEvent => ({
  kind: 'answer',
  n,
  value,
  tag,
});

const ACCEPTED: ReportAnswer = { kind: 'accepted' };
const REFUSED: ReportAnswer = { kind: 'refused', status: 400, message: 'refused', code: null };
const GONE = missingOf(410, 'dpl_1', 'deployment_deleted', { message: null })!;
const LOST: ReportAnswer = {
  kind: 'later',
  status: null,
  message: 'lost',
  retryAfterMs: null,
  executed: 'unknown',
};

/** Runs the loops until each waits for an answer again. Calls that decide nothing are answered at once. */
export async function endLoops(world: ModelWorld, happenings: readonly Happening[]): Promise<void> {
  for (const [target, what] of happenings) {
    if (typeof target === 'number') await claimed(world, target, what as Parameters<typeof pointAt>[0]);
    else await happened(world, target, what as LoopEvent);
  }
}

async function claimed(
  world: ModelWorld,
  action: number,
  head: Parameters<typeof pointAt>[0],
): Promise<void> {
  const loop = await pointAt(head);
  const worker: ModelWorker = {
    action,
    overtaken: false,
    lapsed: false,
    behind: null,
    alone: false,
    readSettled: false,
    loop,
  };
  world.workers.push(worker);
  await answerAtOnce(world, worker);
}

async function happened(world: ModelWorld, worker: ModelWorker, event: LoopEvent): Promise<void> {
  const before = worker.loop;
  if (before.end !== null) return;
  const next = after(before, event);
  worker.loop = next instanceof Promise ? await next : next;
  if (event.kind !== 'answer' && event.kind !== 'error') orphanAborted(world, worker, before.calls);
  await answerAtOnce(world, worker);
}

/** A provision call that an event has aborted may still take effect. */
function orphanAborted(world: ModelWorld, { action, loop }: ModelWorker, before: readonly PortCall[]): void {
  const waits = new Set(loop.calls.map(({ kind }) => kind));
  if (!waits.has('provision')) orphanCalls(world, action, before);
}

async function answerAtOnce(world: ModelWorld, worker: ModelWorker): Promise<void> {
  for (;;) {
    const { calls, end } = worker.loop;
    if (end !== null) return ended(world, worker);
    const call = calls.find((one) => one.kind === 'access' || isProgress(one));
    if (call === undefined) return;
    const { deleted } = world.actions[worker.action]!;
    const event = call.kind === 'access' ? accessAnswer(call.n) : answer(call, deleted ? GONE : ACCEPTED);
    const next = after(worker.loop, event);
    worker.loop = next instanceof Promise ? await next : next;
  }
}

const isProgress = (call: PortCall): boolean => call.kind === 'report' && call.status === 'running';

/** Ends a job: a deferred or returned job gets the next one. */
function ended(world: ModelWorld, worker: ModelWorker): void {
  world.workers.splice(world.workers.indexOf(worker), 1);
  const { end, state } = worker.loop;
  if (worker.lapsed || end === null || end.kind === 'done') return;
  const action = world.actions[worker.action]!;
  const { view, memory } = state;
  const isKnown = (view.state === 'reporting' || view.state === 'failing') && view.failureReport === null;
  if (action.job !== 'none') return;
  giveJob(action);
  if (isKnown) action.jobReportUnknown = memory.reportUnknown;
  if (end.kind === 'defer' && end.ms >= STRAY_MS) action.job = 'quiet';
}
