import type { ActionView } from '../../src/action/claims/action-view.js';
import type { Decline } from '../../src/action/updates/decline.js';
import type { GuardedUpdate } from '../../src/action/updates/guarded-update.js';
import type { HoldRelease } from '../../src/action/updates/release-hold.js';
import { PermanentError, type DeprovisionRequest } from '../../src/provisioner/provisioner.js';
import { ActionRun, type RunEnd } from '../../src/worker/run/action-run.js';
import type { LoopPorts } from '../../src/worker/ports/run-ports.js';
import { startMemory } from '../../src/worker/run/run-memory.js';
import { Signals, type Interruption } from '../../src/worker/run/signals.js';
import type { RunState } from '../../src/worker/run/step-input.js';
import { ACCESS, definitionOf } from '../support/action-run.js';

/** A port call of the real run loop that waits for its answer. `n` counts the calls of one turn. */
export type PortCall = { readonly n: number } & Asked;
export type Asked =
  | { readonly kind: 'view' }
  | { readonly kind: 'begin' }
  | { readonly kind: 'access' }
  | { readonly kind: 'deployment' }
  | { readonly kind: 'decline'; readonly item: Decline }
  | { readonly kind: 'apply'; readonly update: GuardedUpdate }
  | { readonly kind: 'release hold'; readonly item: HoldRelease }
  | { readonly kind: 'report'; readonly status: string; readonly secrets: Readonly<Record<string, string>> }
  | { readonly kind: 'provision'; readonly allocation: number }
  | { readonly kind: 'deprovision'; readonly allocation: number }
  | { readonly kind: 'sleep'; readonly ms: number };

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
 * Where a loop stands: a head, and what has happened since. A promise cannot be copied, so a loop is
 * continued by a new `ActionRun` that starts from the head and repeats the turn's few events.
 */
export interface LoopPoint {
  readonly id: number;
  readonly head: Head;
  readonly events: readonly LoopEvent[];
  readonly calls: readonly PortCall[];
  readonly end: RunEnd | null;
  readonly state: RunState;
}

/** Two times are enough: before the deadline, and after it. */
export const DEADLINE_MS = 100_000;
export const LATE_MS = DEADLINE_MS + 1_000;
/** How long a stray call may still land; longer than a wait that stays in the process. */
export const STRAY_MS = 20_000;
/** A call that takes this long is slow; see src/worker/plugin-call/slow-call.ts. */
export const SLOW_MS = 2_000;

const DEFINITION = definitionOf({
  deadlineMs: DEADLINE_MS,
  environments: ['preview'],
  elsewhere: 'succeed',
});

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

/**
 * Waits until the loop has done everything that needs no port. The loop makes only promises, and no timers.
 */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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

interface Held {
  readonly call: PortCall;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The ports of one loop: each call is held until the exploration answers it. */
class HeldPorts {
  private readonly held = new Map<number, Held>();
  private readonly timers: { due: number; fire: AbortController }[] = [];
  private n = 0;

  constructor(public now: number) {}

  calls(): PortCall[] {
    return [...this.held.values()].map(({ call }) => call);
  }

  answer(n: number, value: unknown): void {
    this.take(n).resolve(value);
  }

  fail(n: number, error: Error): void {
    this.take(n).reject(error);
  }

  passDeadline(): void {
    this.now = LATE_MS;
    for (const { due, fire } of this.timers) if (due === DEADLINE_MS) fire.abort();
  }

  all(): LoopPorts {
    const report: LoopPorts['tools']['gateway']['updateAction'] = (_, message, signal) =>
      this.call(
        { kind: 'report', status: message.status, secrets: message.secrets ?? {} },
        { signal, value: LOST },
      );
    const provisioner = {
      provision: ({ key, signal }: DeprovisionRequest) =>
        this.call<never>({ kind: 'provision', allocation: Number(key) }, { signal, error: true }),
      deprovision: ({ key, signal }: DeprovisionRequest) =>
        this.call<never>({ kind: 'deprovision', allocation: Number(key) }, { signal, error: true }),
    };
    const made = () => ({ ok: true, provisioner, plugin: 'model', options: {} }) as const;
    return {
      repository: {
        view: () => this.call({ kind: 'view' }),
        begin: () => this.call({ kind: 'begin' }),
        decline: (item) => this.call({ kind: 'decline', item }),
        apply: (update) => this.call({ kind: 'apply', update }),
        releaseHold: (item) => this.call({ kind: 'release hold', item }),
      },
      tools: {
        gateway: {
          getDeployment: (_, signal) => this.call({ kind: 'deployment' }, { signal, value: LOST }),
          updateAction: report,
        },
        provisioners: { for: made, madeWith: made },
        actions: new Map([[DEFINITION.slug, DEFINITION]]),
        statusUrl: () => null,
        clock: {
          now: () => this.now,
          sleep: (ms, signal) => this.call({ kind: 'sleep', ms }, { signal, value: undefined }),
          timeout: (ms) => this.timeout(ms),
        },
        derive: () => new Uint8Array(),
        backoff: () => 1_000,
      },
      seals: { seal: () => Buffer.alloc(0) },
      database: { untilWritable: () => Promise.resolve() },
      access: () => this.call({ kind: 'access' }),
    };
  }

  private timeout(ms: number): AbortSignal {
    const fire = new AbortController();
    this.timers.push({ due: this.now + ms, fire });
    return fire.signal;
  }

  /** Creates a waiting call. An abort ends the call at once, with `value` or with an error. */
  private call<T>(
    asked: Asked,
    abort?: { signal: AbortSignal | undefined; value?: unknown; error?: true },
  ): Promise<T> {
    const call = { n: this.n++, ...asked };
    return new Promise<T>((resolve, reject) => {
      const give = resolve as (value: unknown) => void;
      this.held.set(call.n, { call, resolve: give, reject });
      const giveUp = () => {
        if (!this.held.delete(call.n)) return;
        if (abort?.error) reject(new Error('aborted'));
        else give(abort?.value);
      };
      if (abort?.signal?.aborted) giveUp();
      else abort?.signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  private take(n: number): Held {
    const held = this.held.get(n);
    if (held === undefined) throw new Error(`model: port call ${n} does not wait`);
    this.held.delete(n);
    return held;
  }
}

const LOST = { kind: 'later', status: null, message: 'lost', retryAfterMs: null, executed: 'unknown' };

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
