import { next, type Event } from '../../src/state-machine/action-state.js';
import type { Offer } from './moves.js';
import type { Rules } from './rules.js';
import { isQuiet, type Action, type Place, type Scenario, type Worker, type World } from './world.js';

/** One worker in front of its next step, in a world that is only read. */
interface Standing {
  readonly world: World;
  readonly rules: Rules;
  readonly scenario: Scenario;
  readonly action: Action;
  readonly worker: Worker;
  /** Offers a move of this worker; it is given its own copies of world, action and worker. */
  readonly step: (label: string, change: (moved: Moved) => void) => void;
}

interface Moved {
  readonly world: World;
  readonly rules: Rules;
  readonly action: Action;
  readonly worker: Worker;
}

/** Every worker's next step. */
export function workerMoves(world: World, rules: Rules, scenario: Scenario, offer: Offer): void {
  world.workers.forEach((worker, k) => {
    const step: Standing['step'] = (label, move) =>
      offer(`the worker of action ${worker.action}${worker.overtaken ? ' (overtaken)' : ''} ${label}`, (w) =>
        move({ world: w, rules, action: w.actions[worker.action]!, worker: w.workers[k]! }),
      );
    STEPS[worker.at]({ world, rules, scenario, action: world.actions[worker.action]!, worker, step });
  });
}

const STEPS: Record<Place, (standing: Standing) => void> = {
  deciding: decide,
  provisioning: provisionEnds,
  provisioned: ({ step }) => step('has the thing', writeReady),
  'refused permanently': ({ rules, step }) =>
    step('hears a permanent error', (m) => {
      settleCall(m);
      if (!rules.verdictFirst) return go(m, 'about to tell failed');
      write(m, 'fail');
      again(m);
    }),
  'about to tell succeeded': ({ step }) =>
    step('looks before it tells succeeded', (m) => checkThen(m, 'telling succeeded')),
  'telling succeeded': tellSucceeded,
  accepted: ({ step }) => step('writes that succeeded was accepted', writeAccepted),
  refused: ({ rules, step }) =>
    step('writes that succeeded was refused', (m) => {
      if (write(m, rules.verdictFirst ? 'refused' : 'fail')) m.action.call = false;
      again(m);
    }),
  'about to tell failed': ({ step }) =>
    step('looks before it tells failed', (m) => checkThen(m, 'telling failed')),
  'telling failed': tellFailed,
  'failed accepted': ({ step }) =>
    step('writes that failed was accepted', (m) => writeFailureReport(m, 'accepted')),
  'failed given up': ({ step }) =>
    step('writes that failed is not reported again', (m) =>
      writeFailureReport(m, m.worker.reportUnknown && m.rules.lostCountsAsHeard ? 'unknown' : 'none'),
    ),
  alone: ({ step }) => step('closes the allocation that it found itself alone on', close),
  deprovisioning: ({ step }) =>
    step('deprovisions', (m) => {
      m.world.allocations[m.worker.allocation]!.exists = false;
      go(m, m.worker.sure || !m.rules.quietAskedFirst ? 'gone' : 'waiting for quiet');
    }),
  'waiting for quiet': ({ world, worker, step }) => {
    if (!isQuiet(world, worker.allocation)) return;
    step('waited for stray calls', (m) => {
      m.worker.sure = true;
      go(m, 'deprovisioning');
    });
  },
  gone: ({ step }) => step('writes gone', writeGone),
};

function decide({ world, rules, scenario, action, worker, step }: Standing): void {
  if (rules.fencing && worker.overtaken) return step('finds itself overtaken', end);
  switch (action.state) {
    case 'queued':
    case 'provisioning':
    case 'reporting':
      return decideOnStart(world, rules, scenario, action, step);
    case 'failing':
      if (action.report !== 'open') return letGo(world, rules, action, step);
      if (action.failedSettled) return step('has nobody to tell failed', (m) => see(m, 'failed given up'));
      return step('has to tell failed', (m) => see(m, 'about to tell failed'));
    case 'canceling':
    case 'releasing':
      return letGo(world, rules, action, step);
    case 'none':
    case 'succeeded':
    case 'failed':
    case 'canceled':
    case 'released':
      return step('finds nothing to do', end);
    default:
      throw new Error(`model: unknown state ${String(action.state satisfies never)}`);
  }
}

function decideOnStart(
  world: World,
  rules: Rules,
  scenario: Scenario,
  action: Action,
  step: Standing['step'],
): void {
  if (action.deleted) return step('finds the deployment gone', (m) => change(m.action, 'release'));
  if (action.late && action.state !== 'reporting') {
    if (rules.verdictFirst) return step('fails it at the deadline', (m) => change(m.action, 'fail'));
    return step('has to tell failed at the deadline', (m) => see(m, 'about to tell failed'));
  }
  if (action.state === 'reporting' && !action.holds)
    return step('has nothing to hand over', (m) => see(m, 'about to tell succeeded'));
  if (action.state !== 'queued') return step('calls provision', callProvision);
  if (rules.beginWhenQuiet && action.stray && action.allocation >= 0 && !isQuiet(world, action.allocation)) {
    return;
  }
  if (rules.settledMakesNothing && action.settled) {
    return step('finds the deployment settled', (m) => {
      m.action.failedSettled = true;
      change(m.action, 'fail');
    });
  }
  step('begins', begin);
  if (scenario.skips === true) step('finds that the action does not serve the deployment', skip);
}

/** One transaction: whatever an earlier attempt held is not its own any more. */
function skip({ action }: Moved): void {
  action.allocation = -1;
  change(action, 'skip');
}

/** One transaction: join the open allocation of the branch or open the next generation. */
function begin({ world, rules, action }: Moved): void {
  const { allocations } = world;
  let a = rules.neverReopened ? allocations.findIndex(({ state }) => state === 'open') : 0;
  if (allocations[a] === undefined) {
    a = allocations.push({ state: 'open', exists: false, credentials: 0 }) - 1;
  }
  allocations[a]!.state = 'open';
  action.allocation = a;
  action.holds = true;
  action.wasted = action.settled;
  change(action, 'begin');
}

function callProvision(m: Moved): void {
  m.action.call = true;
  m.worker.allocation = m.action.allocation;
  see(m, 'provisioning');
}

function provisionEnds({ world, action, worker, step }: Standing): void {
  step('gets ready from provision', (m) => {
    makeThing(m);
    go(m, 'provisioned');
  });
  if (world.hiccups === 0) return;
  step('gets pending from provision', (m) => {
    m.world.hiccups--;
    makeThing(m);
    settleCall(m);
    again(m);
  });
  step('gets an error from provision that may pass, or aborts it', (m) => {
    m.world.hiccups--;
    m.world.orphans.push({ action: worker.action, allocation: worker.allocation });
    if (isMine(m)) m.action.stray = true;
    settleCall(m);
    again(m);
  });
  if (action.state !== 'provisioning') return;
  step('gets a permanent error from provision', (m) => {
    m.world.hiccups--;
    go(m, 'refused permanently');
  });
}

function makeThing({ world, rules, worker }: Moved): void {
  const allocation = world.allocations[worker.allocation]!;
  allocation.exists = true;
  if (!rules.stableCredentials) allocation.credentials = Math.min(allocation.credentials + 1, 7);
  worker.credentials = allocation.credentials;
}

function settleCall(m: Moved): void {
  if (isMine(m)) m.action.call = false;
}

/** The verdict: the deadline counts until it is written and not after. */
function writeReady(m: Moved): void {
  const { rules, action, worker } = m;
  if (!rules.verdictFirst) return go(m, 'about to tell succeeded');
  settleCall(m);
  if (worker.seen === 'reporting') return go(m, 'about to tell succeeded');
  if (!write(m, action.late ? 'fail' : 'ready')) return again(m);
  if (action.state !== 'reporting') return again(m);
  see(m, 'about to tell succeeded');
}

function checkThen(m: Moved, then: Place): void {
  const { rules, action, worker } = m;
  if (rules.checkedReports && (!isMine(m) || action.state !== worker.seen)) {
    settleCall(m);
    return again(m);
  }
  go(m, then);
}

function tellSucceeded({ scenario, action, step }: Standing): void {
  if (action.deleted) return step('hears that the deployment is gone', again);
  if (action.answer !== 'refuses') {
    step('tells succeeded, accepted', (m) => {
      noteSucceeded(m);
      go(m, 'accepted');
    });
    step('tells succeeded, accepted, the answer is lost', (m) => {
      noteSucceeded(m);
      go(m, 'about to tell succeeded');
    });
  }
  if (scenario.refusals && action.answer !== 'accepts') {
    step('tells succeeded, refused for good', (m) => {
      m.action.answer = 'refuses';
      go(m, 'refused');
    });
  }
}

/** What the deployment was given first is what its build may already use. */
function noteSucceeded({ action, worker }: Moved): void {
  action.answer = 'accepts';
  if (action.told === 'succeeded' || action.told === 'both') return;
  action.told = action.told === 'failed' ? 'both' : 'succeeded';
  action.toldAllocation = worker.allocation;
  action.toldCredentials = worker.credentials;
}

function writeAccepted(m: Moved): void {
  const { rules, action, worker } = m;
  if (!rules.verdictFirst && worker.seen === 'provisioning' && write(m, 'ready')) worker.seen = 'reporting';
  if (!write(m, 'accepted')) return again(m);
  action.call = false;
  end(m);
}

function tellFailed({ rules, scenario, action, step }: Standing): void {
  if (!action.deleted) {
    step('tells failed, accepted', (m) => {
      noteFailed(m);
      if (scenario.lostAnswers) go(m, 'failed accepted');
      else writeFailureReport(m, 'accepted');
    });
  }
  if (!action.deleted && scenario.lostAnswers) {
    step('tells failed, accepted, the answer is lost', (m) => {
      noteFailed(m);
      m.worker.reportUnknown = true;
      go(m, 'about to tell failed');
    });
  }
  if (action.deleted || scenario.refusals) {
    step('tells failed, refused for good', (m) => {
      m.action.failedRefused = true;
      if (rules.failingAlwaysLetsGo) go(m, 'failed given up');
      else end(m);
    });
  }
}

function noteFailed({ action }: Moved): void {
  action.told = action.told === 'succeeded' || action.told === 'both' ? 'both' : 'failed';
}

function writeFailureReport(m: Moved, report: 'accepted' | 'unknown' | 'none'): void {
  const { rules, action, worker } = m;
  const isFailing = action.state === 'failing' && worker.seen === 'failing';
  if (isFailing ? isMine(m) : !rules.verdictFirst && write(m, 'fail')) action.report = report;
  again(m);
}

function letGo(world: World, rules: Rules, action: Action, step: Standing['step']): void {
  if (action.closes) return step('starts to deprovision', startDeprovision);
  if (!action.holds) return step('holds nothing', rest);
  const others = world.actions.some(
    (other) => other !== action && other.holds && other.allocation === action.allocation,
  );
  if (others && rules.onlyLastHolderDeprovisions) return step('lets go, others hold', rest);
  if (!rules.deprovisionBeforeRest) return step('lets go and closes without deprovision', restClosed);
  if (!rules.letGoIsOneTransaction) return step('sees that it is alone', (m) => see(m, 'alone'));
  step('closes the allocation as its last holder', close);
}

/** The second half of letting go; the next decision finds that it closes. */
function close(m: Moved): void {
  const { world, action, worker } = m;
  const isMineStill = action.holds && (!m.rules.fencing || !worker.overtaken);
  if (isMineStill) {
    action.holds = false;
    action.closes = true;
    world.allocations[action.allocation]!.state = 'closing';
  }
  again(m);
}

function startDeprovision(m: Moved): void {
  const { world, rules, action, worker } = m;
  worker.allocation = action.allocation;
  worker.sure = !rules.quietGone || isQuiet(world, action.allocation);
  see(m, 'deprovisioning');
}

function writeGone(m: Moved): void {
  const { world, rules, action, worker } = m;
  const tooEarly = !rules.quietAskedFirst && rules.quietGone && !isQuiet(world, worker.allocation);
  if (tooEarly) return go(m, 'waiting for quiet');
  if (!write(m, 'gone')) return again(m);
  if (action.closes) world.allocations[action.allocation]!.state = 'closed';
  action.closes = false;
  action.holds = false;
  end(m);
}

function rest(m: Moved): void {
  m.action.holds = false;
  change(m.action, 'gone');
  end(m);
}

function restClosed(m: Moved): void {
  m.world.allocations[m.action.allocation]!.state = 'closed';
  rest(m);
}

const isMine = ({ rules, worker }: Moved) => !rules.fencing || !worker.overtaken;

/** `UPDATE … WHERE state = seen AND attempt = mine`; false when that met no row. */
function write(m: Moved, event: Event): boolean {
  const { rules, action, worker } = m;
  if (!isMine(m)) return false;
  if (rules.guardedState && action.state !== worker.seen) return false;
  action.state = worker.seen;
  change(action, event);
  return true;
}

/** The only way in which a worker changes a state: through the project's own table. */
function change(action: Action, event: Event): void {
  const to = next(action.state, event);
  if (to === undefined) throw new Error(`model: no entry for ${event} in ${action.state}`);
  action.state = to;
}

function go(m: Moved, at: Place): void {
  m.worker.at = at;
}

/** Goes on, acting upon the state as it is now. */
function see(m: Moved, at: Place): void {
  m.worker.seen = m.action.state;
  m.worker.at = at;
}

/** Reads the row again; what it knew of the last call is of no use any more. */
function again(m: Moved): void {
  const { worker } = m;
  Object.assign(worker, { at: 'deciding', seen: 'none', allocation: -1, credentials: 0, sure: false });
}

function end(m: Moved): void {
  m.world.workers.splice(m.world.workers.indexOf(m.worker), 1);
}
