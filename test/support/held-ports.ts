import type { Decline } from '../../src/action/updates/decline.js';
import type { GuardedUpdate } from '../../src/action/updates/guarded-update.js';
import type { HoldRelease } from '../../src/action/updates/release-hold.js';
import type { DeprovisionRequest } from '../../src/provisioner/provisioner.js';
import type { LoopPorts } from '../../src/worker/ports/run-ports.js';
import { definitionOf } from './action-run.js';

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

/** Two times are enough: before the deadline, and after it. */
export const DEADLINE_MS = 100_000;
export const LATE_MS = DEADLINE_MS + 1_000;
const DEFINITION = definitionOf({
  deadlineMs: DEADLINE_MS,
  environments: ['preview'],
  elsewhere: 'succeed',
});

/** Everything that the loop does without its ports has been done: it makes promises only, and no timers. */
export const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Held {
  readonly call: PortCall;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The ports of one run loop: each call is held until the test answers it. */
export class HeldPorts {
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
    const report: LoopPorts['stepPorts']['gateway']['updateAction'] = (_, message, signal) =>
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
      stepPorts: {
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
      sealer: { seal: () => Buffer.alloc(0) },
      database: { untilWritable: () => Promise.resolve() },
      access: () => this.call({ kind: 'access' }),
    };
  }

  private timeout(ms: number): AbortSignal {
    const fire = new AbortController();
    this.timers.push({ due: this.now + ms, fire });
    return fire.signal;
  }

  /** On abort a call is over at once, with `value` or with an error. */
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
