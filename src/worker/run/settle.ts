import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { next, type Event, type State } from '../../state-machine/action-state.js';
import type { Decline } from '../../action/updates/decline.js';
import type { GuardedUpdate } from '../../action/updates/guarded-update.js';
import type { ActionView } from '../../action/claims/action-view.js';
import type { ActionRun } from './action-run.js';
import type { RunRepository } from './run-repository.js';
import type { StepResult } from './step-result.js';
import { asVerdict, verdictOf, withTrouble } from '../../action/verdict.js';

/**
 * What to do after an outcome was written. `wait`: the same step again after `ms`, and not before the back-off of that many
 * `tries` that failed in a row; `tell` is progress for Vercel. `moved`: it was not written, the row is no longer as the step found it.
 */
export type SettleResult =
  { kind: 'next' } | { kind: 'wait'; ms: number; tries: number; tell: string | null } | { kind: 'moved' };

export interface Seals {
  /** Encrypts the seed of a new allocation. */
  seal(seed: Buffer, identity: string): Buffer;
}

type Declined = Pick<Extract<StepResult, { kind: 'skip' }>, 'facts' | 'text'>;

const NEXT: SettleResult = { kind: 'next' };
const MOVED: SettleResult = { kind: 'moved' };
const OUTCOMES = { failed: 'failed', canceled: 'canceled', succeeded: 'succeeded' } as const;

/** Writes what a step came to, by one guarded verb of the store, and brings the errand's view up to date. */
export async function settle(
  errand: ActionRun,
  outcome: StepResult,
  store: RunRepository,
  seals: Seals,
): Promise<SettleResult> {
  switch (outcome.kind) {
    case 'begin':
      return begin(errand, outcome, store, seals);
    case 'ready':
      return ready(errand, outcome, store);
    case 'pending':
      return pending(errand, outcome, store);
    case 'skip':
      return decline(errand, { ...outcome, event: 'skip', to: 'reporting', reason: null }, store);
    case 'fail':
      if (outcome.facts) {
        const { facts, reason, text } = outcome;
        return decline(errand, { facts, text: asVerdict(text), event: 'fail', to: 'failing', reason }, store);
      }
      return move(errand, store, 'fail', {
        reason: outcome.reason,
        statusText: asVerdict(outcome.text),
        ...callOf(outcome),
      });
    case 'abandoned':
      return abandon(errand, outcome, store);
    case 'accepted':
      return move(errand, store, 'accepted', {
        outcome: 'succeeded',
        ...(errand.due === null ? {} : { statusText: errand.due.text }),
      });
    case 'refused':
      return move(errand, store, 'refused', {
        reason: outcome.reason ?? outcome.kind,
        statusText: asVerdict(outcome.text),
        ...callOf(outcome),
      });
    case 'told':
      return write(errand, store, { failureReport: outcome.report });
    case 'let-go':
      return letGo(errand, store);
    case 'gone':
      return gone(errand, outcome.closes, store);
    case 'later':
    case 'quieting':
      return later(errand, outcome, store);
    case 'interrupted':
      return MOVED;
    default:
      return outcome satisfies never;
  }
}

async function begin(
  errand: ActionRun,
  { facts, identity, keyBase, options }: Extract<StepResult, { kind: 'begin' }>,
  store: RunRepository,
  seals: Seals,
): Promise<SettleResult> {
  const { id, attempt } = errand.view;
  const sealedSeed = seals.seal(randomBytes(32), identity);
  const at = performance.now();
  const allocation = await store.begin({
    id,
    attempt,
    allocationId: uuid(),
    sealedSeed,
    identity,
    keyBase,
    options,
    ...facts,
  });
  if (!allocation) return MOVED;
  errand.confirm(at);
  errand.callOpenedAt = at;
  const begun = { state: 'provisioning', hold: 'holds', statusText: null, allocation } as const;
  errand.view = { ...errand.view, ...facts, ...begun };
  return NEXT;
}

/** The verdict on a deployment that is not served; nothing was made for it and nothing will be. */
async function decline(
  errand: ActionRun,
  { facts, text, event, to, reason }: Pick<Decline, 'event' | 'to' | 'reason'> & Declined,
  store: RunRepository,
): Promise<SettleResult> {
  const { id, attempt } = errand.view;
  const at = performance.now();
  const declined = await store.decline({ id, attempt, event, to, reason, statusText: text, ...facts });
  if (!declined) return MOVED;
  errand.confirm(at);
  errand.view = { ...after(errand.view, { to, statusText: text, ...(reason && { reason }) }), ...facts };
  if (event === 'skip') errand.view = { ...errand.view, allocation: null };
  return NEXT;
}

async function ready(
  errand: ActionRun,
  { handle, secrets, message }: Extract<StepResult, { kind: 'ready' }>,
  store: RunRepository,
): Promise<SettleResult> {
  const first = errand.view.state === 'provisioning';
  const statusText = message ?? 'ready';
  const written: Partial<GuardedUpdate> = { call: 'settled', handle, statusText };
  const moved = first ? await move(errand, store, 'ready', written) : await stay(errand, store, written);
  if (moved.kind !== 'moved') errand.due = { text: statusText, secrets };
  return moved;
}

async function pending(
  errand: ActionRun,
  { handle, message, retryAfterMs }: Extract<StepResult, { kind: 'pending' }>,
  store: RunRepository,
): Promise<SettleResult> {
  const call = errand.callOpen ? { call: 'settled' as const } : {};
  const settled = await stay(errand, store, {
    ...call,
    ...progress(errand, message),
    ...(handle ? { handle } : {}),
  });
  if (settled.kind === 'moved') return settled;
  errand.tries = 0;
  return {
    kind: 'wait',
    ms: retryAfterMs,
    tries: 0,
    tell: errand.view.state === 'provisioning' ? message : null,
  };
}

async function later(
  errand: ActionRun,
  outcome: Extract<StepResult, { kind: 'later' | 'quieting' }>,
  store: RunRepository,
): Promise<SettleResult> {
  const settled = await stay(errand, store, { ...progress(errand, outcome.text), ...callOf(outcome) });
  if (settled.kind === 'moved') return settled;
  errand.tries = outcome.kind === 'later' ? errand.tries + 1 : 0;
  return { kind: 'wait', ms: outcome.retryAfterMs ?? 0, tries: errand.tries, tell: null };
}

/** While failing, the verdict stays: Vercel may have to be told it again. */
function progress({ view }: ActionRun, text: string): { statusText?: string } {
  if (view.state !== 'failing') return { statusText: text };
  return view.failureReport === null ? {} : { statusText: withTrouble(view.statusText, text) };
}

async function abandon(
  errand: ActionRun,
  { reason, text }: Extract<StepResult, { kind: 'abandoned' }>,
  store: RunRepository,
): Promise<SettleResult> {
  return move(errand, store, 'release', { reason, statusText: text });
}

async function letGo(errand: ActionRun, store: RunRepository): Promise<SettleResult> {
  const { id, attempt, state } = errand.view;
  const to = next(state, 'gone') as State;
  const outcome = to === 'failed' || to === 'canceled' ? to : null;
  const result = await store.releaseHold({ id, attempt, from: state, to, outcome });
  if (result === 'left') {
    const statusText = to === 'failed' ? errand.view.statusText : null;
    errand.view = { ...errand.view, state: to, hold: null, statusText };
  }
  // As the last holder it has to know which calls may still be under way: the row is read again.
  return result === 'left' ? NEXT : MOVED;
}

function gone(errand: ActionRun, closes: boolean, store: RunRepository): Promise<SettleResult> {
  const to = next(errand.view.state, 'gone') as State;
  const outcome = to === 'released' ? {} : { outcome: OUTCOMES[to as 'failed' | 'canceled'] };
  const verdict = to === 'failed' ? { statusText: verdictOf(errand.view.statusText) } : {};
  return move(errand, store, 'gone', { ...outcome, ...verdict, ...(closes ? { closes } : {}) });
}

async function move(
  errand: ActionRun,
  store: RunRepository,
  event: Event,
  written: Partial<GuardedUpdate>,
): Promise<SettleResult> {
  const to = next(errand.view.state, event);
  if (to === undefined) throw new Error(`worker: ${event} leads nowhere from ${errand.view.state}`);
  return write(errand, store, { ...written, event, to });
}

function stay(
  errand: ActionRun,
  store: RunRepository,
  written: Partial<GuardedUpdate>,
): Promise<SettleResult> {
  return write(errand, store, written);
}

async function write(
  errand: ActionRun,
  store: RunRepository,
  written: Partial<GuardedUpdate>,
): Promise<SettleResult> {
  const { id, attempt, state } = errand.view;
  const at = performance.now();
  if (!(await store.apply({ id, attempt, from: state, ...written }))) return MOVED;
  errand.confirm(at);
  if (written.call) errand.callOpenedAt = null; // `starts` is written by the run loop alone
  errand.view = after(errand.view, written);
  return NEXT;
}

/** The view as the write left the row; the handle of what may be shared is read again before the next call. */
function after(view: ActionView, written: Partial<GuardedUpdate>): ActionView {
  const { to, statusText, reason, outcome, closes, failureReport } = written;
  return {
    ...view,
    state: to ?? view.state,
    statusText: statusText ?? (to === undefined ? view.statusText : null),
    failureReport: failureReport ?? (to === 'failing' ? null : view.failureReport),
    reason: reason ?? view.reason,
    outcome: outcome ?? view.outcome,
    hold: closes ? null : view.hold,
  };
}

function callOf(outcome: StepResult): { call?: 'settled' | 'stray' } {
  return 'call' in outcome && outcome.call ? { call: outcome.call } : {};
}
