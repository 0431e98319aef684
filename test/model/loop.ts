import type { ActionView } from '../../src/action/claims/action-view.js';
import { PermanentError } from '../../src/provisioner/provisioner.js';
import { ActionRun, type RunEnd } from '../../src/worker/run/action-run.js';
import { startMemory } from '../../src/worker/values/run-memory.js';
import { Signals, type Interruption } from '../../src/worker/values/signals.js';
import type { RunState } from '../../src/worker/values/step-input.js';
import { ACCESS } from '../support/action-run.js';
import { HeldPorts, quiet, type PortCall } from '../support/held-ports.js';

/** What happens to a loop. Events with the same `tag` are alike. */
export type LoopEvent =
  | { readonly kind: 'answer'; readonly n: number; readonly value: unknown; readonly tag: string }
  | { readonly kind: 'error'; readonly n: number; readonly permanent: boolean }
  | { readonly kind: 'interrupt'; readonly reason: Interruption }
  | { readonly kind: 'drain' }
  | { readonly kind: 'deadline passes' };

/**
 * The loop at the beginning of a turn: its values, its signals and its time, which is all that the turn
 * depends on.
 */
export interface Head {
  readonly state: RunState;
  readonly interruption: Interruption | null;
  readonly draining: boolean;
  readonly now: number;
}

/**
 * The state of a loop: its head and the events since. Promises cannot be copied, so a new `ActionRun` starts
 * from the head and replays the events.
 */
export interface LoopPoint {
  readonly id: number;
  readonly head: Head;
  readonly events: readonly LoopEvent[];
  readonly calls: readonly PortCall[];
  readonly end: RunEnd | null;
  readonly state: RunState;
}

/** How long a stray call may still land; longer than a wait that stays in the process. */
export const STRAY_MS = 20_000;
/** A call that takes this long is slow; see src/worker/plugin-call/slow-call.ts. */
export const SLOW_MS = 2_000;

const points = new Map<string, Promise<LoopPoint> | LoopPoint>();
let count = 0;

/** The loop at `head`, up to its first port calls. */
export function pointAt(head: Head): LoopPoint | Promise<LoopPoint> {
  return memoized(keyOfHead(head), () => pointFor(head, []));
}

/** The loop after `event`, up to its next port calls. */
export function after(point: LoopPoint, event: LoopEvent): LoopPoint | Promise<LoopPoint> {
  return memoized(`${point.id} ${tagOf(event)}`, () => pointFor(point.head, [...point.events, event]));
}

function memoized(key: string, make: () => Promise<LoopPoint>): LoopPoint | Promise<LoopPoint> {
  const known = points.get(key);
  if (known !== undefined) return known;
  const making = make().then((point) => {
    points.set(key, point);
    return point;
  });
  points.set(key, making);
  return making;
}

async function pointFor(head: Head, events: readonly LoopEvent[]): Promise<LoopPoint> {
  const { ports, run, end, signals } = await replay(head, events);
  const { state } = run;
  if (end === null && run.turn > 1) {
    const { interruption, draining } = signals;
    return pointAt({ state, interruption, draining, now: ports.now });
  }
  return { id: count++, head, events, calls: end === null ? ports.calls() : [], end, state };
}

async function replay(head: Head, events: readonly LoopEvent[]) {
  const signals = new Signals();
  if (head.draining) signals.drain();
  if (head.interruption !== null) signals.interrupt(head.interruption);
  const ports = new HeldPorts(head.now);
  const run = new ActionRun(head.state, ports.all(), signals);
  let end: RunEnd | null = null;
  let failed: { error: unknown } | null = null;
  run.toEnd().then(
    (ended) => (end = ended),
    (error: unknown) => (failed = { error }),
  );
  await quiet();
  for (const event of events) {
    happen(event, ports, signals);
    await quiet();
  }
  if (failed !== null) throw (failed as { error: unknown }).error;
  return { ports, run, signals, end: end as RunEnd | null };
}

function happen(event: LoopEvent, ports: HeldPorts, signals: Signals): void {
  switch (event.kind) {
    case 'answer':
      return ports.answer(event.n, event.value);
    case 'error':
      return ports.fail(event.n, event.permanent ? new PermanentError('permanent') : new Error('transient'));
    case 'interrupt':
      return signals.interrupt(event.reason);
    case 'drain':
      return signals.drain();
    case 'deadline passes':
      return ports.passDeadline();
    default:
      event satisfies never;
  }
}

function tagOf(event: LoopEvent): string {
  switch (event.kind) {
    case 'answer':
      return `${event.n}=${event.tag}`;
    case 'error':
      return `${event.n}!${event.permanent}`;
    case 'interrupt':
      return event.reason;
    default:
      return event.kind;
  }
}

/** The parts of a view that affect a decision. Texts do not. */
export function keyOfView({ state, hold, reason, failureReport, strayMs, allocation }: ActionView): string {
  return `${state},${hold},${reason},${failureReport},${strayMs},${allocation?.key}`;
}

/** The parts of a head that affect a decision. The number of tries affects only the length of a wait. */
function keyOfHead({ state: { view, claim, memory }, interruption, draining, now }: Head): string {
  const { toReport, deploymentGone, lastProgress, callOpenedAt, deadlineAt, reportUnknown } = memory;
  const report = toReport && Object.values(toReport.secrets).join();
  const known = [report, deploymentGone, lastProgress, callOpenedAt, deadlineAt, reportUnknown];
  return [keyOfView(view), claim.confirmedAt, ...known, interruption, draining, now].join('|');
}

export const accessAnswer = (n: number): LoopEvent => ({
  kind: 'answer',
  n,
  value: [ACCESS],
  tag: 'access',
});

/** The loop of a worker that has just claimed an action. */
export function headOf(view: ActionView, reportUnknown: boolean, now: number): Head {
  const claim = { id: view.id, token: view.attempt, confirmedAt: now };
  const memory = startMemory(view, { tries: 0, reportUnknown }, now);
  return { state: { view, claim, access: ACCESS, memory }, interruption: null, draining: false, now };
}
