import { setTimeout as sleep } from 'node:timers/promises';
import { isWorking } from '../../state-machine/action-state.js';
import type { ActionClaims } from '../../action/claims/action-claims.repository.js';
import type { DatabaseWatch } from '../../database/connection/database-watch.js';
import { reportOutage } from '../../database/connection/outage-log.js';
import type { JobSubject } from '../../database/queue/queue.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import { advance, isAbandoned, willProvision } from './advance.js';
import { isReporting, type ActionRun } from './action-run.js';
import { recordRunMetrics } from './run-metrics.js';
import type { RunRepository } from './run-repository.js';
import type { StepResult } from './step-result.js';
import { settle, type Seals, type SettleResult } from './settle.js';
import { TELL_FAILED_FOR_MS, tellRunning } from '../steps/step-report.js';
import type { Tools } from './tools.js';

/** Waits up to this long stay in the process; longer ones become a job for later, so that they hold no place. */
const WAIT_HERE_MS = 5_000;
/** Nobody is asked more seldom than this, whatever a Retry-After or a plugin says. */
const LONGEST_WAIT_MS = 600_000;
/** Until a statement is tried again that an outage kept from being run. */
const AGAIN_MS = 100;
/** Without a sign that the claim is still ours for this long, it is read again before anything is told. Below the lease. */
const FRESH_MS = 5_000;

/** How an errand ended: its job is done; it is due again after a while; or a shutdown hands it back at once. */
export type RunEnd = { kind: 'done' } | { kind: 'defer'; ms: number } | { kind: 'handed-back' };

export interface RunPorts {
  store: RunRepository;
  claims: Pick<ActionClaims, 'claim'>;
  tools: Tools;
  seals: Seals;
  database: Pick<DatabaseWatch, 'outage' | 'untilWritable'>;
  /** Tokens and resources, in the order of the subjects. */
  access(subjects: JobSubject[]): Promise<InstallationAccess[]>;
}

/** Moves one claimed action on, step by step, until it rests, has to wait for long, or is no longer ours. */
export async function run(errand: ActionRun, running: RunPorts): Promise<RunEnd> {
  while (isWorking(errand.view.state)) {
    const stop = await ready(errand, running);
    if (stop) return stop;
    if (!isWorking(errand.view.state)) break;
    if (!(await openCall(errand, running))) continue;
    const outcome = await takeStep(errand, running.tools);
    const before = errand.view;
    const settled = await patiently(errand, running, () =>
      settle(errand, outcome, running.store, running.seals),
    );
    recordRunMetrics(before, errand, outcome, running.tools.actions);
    if (settled.kind === 'moved') await reread(errand, running, outcome);
    if (settled.kind !== 'wait') continue;
    const ms = await pause(errand, settled, running);
    if (ms !== null) return { kind: 'defer', ms };
  }
  return { kind: 'done' };
}

/** Before each step: what comes of it can be recorded, and nothing interrupted us, or what did has been read. */
async function ready(errand: ActionRun, running: RunPorts): Promise<RunEnd | null> {
  const { store, database } = running;
  if (!tellsWhatIsOnRecord(errand)) await database.untilWritable(errand.waitSignal);
  if (errand.lost) return { kind: 'done' };
  if (errand.interruption === 'shutdown' || (errand.draining && !reportIsDue(errand)))
    return handBack(errand, store);
  if (errand.interruption === 'moved' || !errand.isFresh(FRESH_MS)) {
    await reread(errand, running, null);
    errand.callOpenedAt = null; // announced long ago and never made: it is announced anew
  }
  return errand.lost ? { kind: 'done' } : null;
}

/** Vercel waits for a verdict that is committed already: no outage of the database holds it up. */
function tellsWhatIsOnRecord({ view, due }: ActionRun): boolean {
  return view.state === 'failing' ? isReporting(view) : view.state === 'reporting' && due !== null;
}

/** Secrets would be lost with the process: one try to report them comes before the end. */
function reportIsDue({ view, due }: ActionRun): boolean {
  return view.state === 'reporting' && due !== null;
}

/** The step is not taken: a call that was only announced cannot have had an effect. */
async function handBack(errand: ActionRun, store: RunRepository): Promise<RunEnd> {
  const { id, attempt, state } = errand.view;
  if (errand.callOpen) await store.apply({ id, attempt, from: state, call: 'settled' });
  return { kind: 'handed-back' };
}

/** A provision call is written down before it is made: if this process dies in it, the next knows that it may still land. */
async function openCall(errand: ActionRun, running: RunPorts): Promise<boolean> {
  if (!willProvision(errand.view, errand) || errand.callOpen) return true;
  const { id, attempt, state } = errand.view;
  const at = performance.now();
  const starts = { id, attempt, from: state, call: 'starts' } as const;
  if (await patiently(errand, running, () => running.store.apply(starts))) {
    errand.confirm(at);
    errand.callOpenedAt = at;
    if (errand.isFresh(FRESH_MS)) return true;
  }
  // Paused since it was written down: the time of that call may be over, and the thing taken away meanwhile.
  errand.callOpenedAt = null;
  await reread(errand, running, null);
  return false;
}

async function takeStep(errand: ActionRun, tools: Tools): Promise<StepResult> {
  errand.step++;
  errand.watchable = true;
  try {
    return await advance(errand, tools);
  } finally {
    errand.watchable = false;
  }
}

/** Reads the row again; if the claim is still ours, an open call's end and its handle are written against the new state. */
async function reread(errand: ActionRun, running: RunPorts, outcome: StepResult | null): Promise<void> {
  const at = performance.now();
  const { id, attempt } = errand.view;
  const { store } = running;
  const view = await patiently(errand, running, () => store.view(id, attempt));
  if (!view) return void (errand.lost = true);
  errand.refresh(view, at);
  if (!errand.callOpen || outcome === null) return;
  const call = endOf(outcome);
  const handle = 'handle' in outcome && outcome.handle !== undefined ? { handle: outcome.handle } : {};
  const end = { id, attempt, from: view.state, call, ...handle };
  const written = await patiently(errand, running, () => store.apply(end));
  if (!written) return reread(errand, running, outcome);
  errand.callOpenedAt = null;
  const again = await patiently(errand, running, () => store.view(id, attempt));
  if (again) errand.refresh(again, at);
}

/**
 * Runs a statement again after an outage of the database, for as long as the action is in hand: what a call outside brought is not lost.
 * Writes are guarded by attempt and state, so one that was committed without an answer counts as moved.
 */
async function patiently<T>(errand: ActionRun, { database }: RunPorts, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (reportOutage(error) === null || errand.lost || errand.waitSignal.aborted) throw error;
      await database.untilWritable(errand.waitSignal);
      await rest(AGAIN_MS, errand.waitSignal);
    }
  }
}

function endOf(outcome: StepResult): 'settled' | 'stray' {
  switch (outcome.kind) {
    case 'ready':
    case 'pending':
      return 'settled';
    case 'begin':
      return 'settled';
    default:
      return ('call' in outcome ? outcome.call : undefined) ?? 'stray';
  }
}

/** As long as was asked for, but no longer than matters for what waits. */
function lengthOf(
  { view, deadlineMs }: ActionRun,
  wait: { ms: number; tries: number },
  tools: Tools,
): number {
  const wanted = wait.tries === 0 ? wait.ms : Math.max(wait.ms, tools.backoff(wait.tries));
  const bounded = Math.min(wanted, LONGEST_WAIT_MS);
  if (view.state === 'provisioning' || view.state === 'queued')
    return Math.max(0, Math.min(bounded, deadlineMs));
  if (view.state === 'failing' && view.failureReport === null)
    return Math.max(0, Math.min(bounded, deadlineMs + TELL_FAILED_FOR_MS));
  return bounded;
}

/** Waits here, telling Vercel the progress meanwhile, or answers how long to wait elsewhere. */
async function pause(
  errand: ActionRun,
  wait: Extract<SettleResult, { kind: 'wait' }>,
  running: RunPorts,
): Promise<number | null> {
  const ms = lengthOf(errand, wait, running.tools);
  const here = ms <= WAIT_HERE_MS;
  await Promise.all([tell(errand, running.tools, wait.tell), here ? rest(ms, errand.waitSignal) : undefined]);
  if (errand.draining) errand.due = null;
  if (errand.interruption || errand.draining || isAbandoned(errand)) return null;
  if (!here) return ms;
  errand.access = (
    await patiently(errand, running, () => running.access([errand.view]))
  )[0] as InstallationAccess;
  await reread(errand, running, null);
  return null;
}

async function tell(errand: ActionRun, tools: Tools, text: string | null): Promise<void> {
  if (text !== null && (await tellRunning(errand, tools, text)) === 'gone') errand.deploymentGone = true;
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error; // an interruption ends the wait, that is what it is for
  }
}
