import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { Decline } from '../../action/updates/decline.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { stateAfter, updateFor, viewAfter, type UpdateResult } from './result-update.js';
import type { RunMemory } from '../values/run-memory.js';
import type { RunRepository } from '../ports/run-repository.js';
import type { SeedSealer } from '../ports/seed-sealer.js';
import type { ResultOf, StepResult } from '../values/step-result.js';

/**
 * What the loop does next. `wait`: repeats the step after `ms`, at least the back-off of `tries`; `progress`
 * goes to Vercel. `moved`: the row had changed, so nothing was written.
 */
export type NextTurn =
  { kind: 'next' } | { kind: 'wait'; ms: number; progress: string | null } | { kind: 'moved' };

/** The action after its result was stored, and what the loop does next. */
export interface SettleResult {
  readonly view: ActionView;
  readonly memory: RunMemory;
  readonly next: NextTurn;
}

export interface SettlePorts {
  readonly repository: RunRepository;
  readonly sealer: SeedSealer;
  /** Monotonic milliseconds of the write. */
  readonly now: number;
}

type Known = Pick<SettleResult, 'view' | 'memory'>;

const moved = ({ view, memory }: Known): SettleResult => ({ view, memory, next: { kind: 'moved' } });

/** Stores a step result by one guarded write. Changes no argument. */
export function settle(known: Known, result: StepResult, ports: SettlePorts): Promise<SettleResult> {
  switch (result.kind) {
    case 'begin':
      return begin(known, result, ports);
    case 'skip':
      return skipped(known, result, ports);
    case 'release-hold':
      return releaseHold(known, ports);
    case 'interrupted':
      return Promise.resolve(moved(known));
    case 'fail':
      return result.deployment
        ? notServed(known, { ...result, deployment: result.deployment }, ports)
        : update(known, result, ports);
    default:
      return update(known, result, ports);
  }
}

async function update(
  known: Known,
  result: UpdateResult,
  { repository }: SettlePorts,
): Promise<SettleResult> {
  const { view } = known;
  const written = updateFor(view, known.memory, result);
  const { id, attempt, state: from } = view;
  if (!(await repository.apply({ id, attempt, from, ...written }))) return moved(known);
  const memory = memoryAfter(known.memory, result, written.call !== undefined);
  return { view: viewAfter(view, written), memory, next: nextTurnOf(view, result) };
}

function memoryAfter(memory: RunMemory, result: UpdateResult, callEnded: boolean): RunMemory {
  const known = callEnded ? { ...memory, callOpenedAt: null } : memory;
  switch (result.kind) {
    case 'ready':
      return { ...known, toReport: { text: result.message ?? 'ready', secrets: result.secrets } };
    case 'pending':
    case 'quieting':
      return { ...known, tries: 0 };
    case 'later':
      return { ...known, tries: memory.tries + 1 };
    default:
      return known;
  }
}

function nextTurnOf({ state }: ActionView, result: UpdateResult): NextTurn {
  switch (result.kind) {
    case 'pending':
      return {
        kind: 'wait',
        ms: result.retryAfterMs,
        progress: state === 'provisioning' ? result.message : null,
      };
    case 'later':
    case 'quieting':
      return { kind: 'wait', ms: result.retryAfterMs ?? 0, progress: null };
    default:
      return { kind: 'next' };
  }
}

async function begin(known: Known, result: ResultOf<'begin'>, ports: SettlePorts): Promise<SettleResult> {
  const { id, attempt } = known.view;
  const { deployment, identity, keyBase, options } = result;
  const sealedSeed = ports.sealer.seal(randomBytes(32), identity);
  const seeded = { allocationId: uuid(), sealedSeed, identity, keyBase, options };
  const allocation = await ports.repository.begin({ id, attempt, ...seeded, ...deployment });
  if (!allocation) return moved(known);
  const begun = {
    state: 'provisioning',
    hold: 'holds',
    failureText: null,
    progressText: null,
    allocation,
  } as const;
  return {
    view: { ...known.view, ...deployment, ...begun },
    memory: { ...known.memory, callOpenedAt: ports.now },
    next: { kind: 'next' },
  };
}

type Declined = Omit<Decline, 'id' | 'attempt'>;

const skipped = (
  known: Known,
  { deployment, text }: ResultOf<'skip'>,
  ports: SettlePorts,
): Promise<SettleResult> => {
  const verdict = { event: 'skip', to: 'reporting', reason: null } as const;
  return decline(known, { ...verdict, failureText: null, progressText: text, ...deployment }, ports);
};

const notServed = (
  known: Known,
  { deployment, text, reason }: ResultOf<'fail'> & Pick<ResultOf<'skip'>, 'deployment'>,
  ports: SettlePorts,
): Promise<SettleResult> => {
  const verdict = { event: 'fail', to: 'failing', reason } as const;
  return decline(known, { ...verdict, failureText: text, progressText: null, ...deployment }, ports);
};

/** Writes the verdict on a deployment that the action does not serve: it gets no allocation. */
async function decline(known: Known, declined: Declined, { repository }: SettlePorts): Promise<SettleResult> {
  const { id, attempt } = known.view;
  if (!(await repository.decline({ id, attempt, ...declined }))) return moved(known);
  const { event, to, reason, ...written } = declined;
  const view = { ...viewAfter(known.view, { to, ...(reason && { reason }) }), ...written };
  return {
    view: event === 'skip' ? { ...view, allocation: null } : view,
    memory: known.memory,
    next: { kind: 'next' },
  };
}

/** Releases the hold. A last holder reads its row again, to learn which calls may still take effect. */
async function releaseHold(known: Known, { repository }: SettlePorts): Promise<SettleResult> {
  const { view, memory } = known;
  const { id, attempt, state: from } = view;
  const to = stateAfter(view, 'gone');
  const outcome = to === 'failed' || to === 'canceled' ? to : null;
  if ((await repository.releaseHold({ id, attempt, from, to, outcome })) !== 'left') return moved(known);
  return { view: { ...viewAfter(view, { to }), hold: null }, memory, next: { kind: 'next' } };
}
