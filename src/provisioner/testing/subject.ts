/** Calls a plugin as the core does: again and again with what it answered, until it is where it should be. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Gone,
  type Json,
  type Pending,
  PermanentError,
  type Provisioner,
  type Ready,
} from '../provisioner.js';
import { CALL_LIMIT_MS } from '../limits.js';
import { Caller, type CallerOptions, type CallOptions } from './caller.js';

export interface SubjectOptions extends CallerOptions {
  /** How long one thing may take to become ready or gone, over all calls. */
  readonly timeoutMs: number;
}

export interface UntilOptions extends Pick<CallOptions, 'handle' | 'deployment' | 'elsewhere'> {
  /** The handle of answer number `loseHandle` is lost, as in a crash. */
  readonly loseHandle?: number;
  /** A call may throw, and is made again, as the core does. */
  readonly retry?: boolean;
}

/** What came on the way. */
interface Way {
  readonly handlesLost: number;
  /** Those of the pending answers. */
  readonly handles: readonly Json[];
}

/** For calls at once and after an abort, where the contract lets a call throw and the core calls again. */
const RETRIES = 5;
const RETRY_MS = 200;

export class TestSubject {
  readonly #caller: Caller;

  constructor(private readonly options: SubjectOptions) {
    this.#caller = new Caller(options);
  }

  get prefix(): string {
    return this.#caller.prefix;
  }

  get keys(): string[] {
    return this.#caller.keys;
  }

  /** A key of this run; the same name gives the same key. */
  key(name: string): string {
    return this.#caller.key(name);
  }

  withInstance<T>(work: (one: Provisioner) => Promise<T>): Promise<T> {
    return this.#caller.withInstance(work);
  }

  provision(key: string, options: CallOptions = {}): Promise<Ready | Pending> {
    return this.#caller.call<Ready | Pending>(key, 'provision', options);
  }

  deprovision(key: string, options: CallOptions = {}): Promise<Gone | Pending> {
    return this.#caller.call<Gone | Pending>(key, 'deprovision', options);
  }

  /** Calls until `ready`, each time with the handle of the answer before. */
  untilReady(key: string, options: UntilOptions = {}): Promise<Ready & Way> {
    return this.#until(key, 'ready', (one) => this.provision(key, one), options);
  }

  untilGone(key: string, options: UntilOptions = {}): Promise<Gone & Way> {
    return this.#until(key, 'gone', (one) => this.deprovision(key, one), options);
  }

  /** The first `count` answers of provision, or fewer when it is ready before; answers how the last one left it. */
  async answers(key: string, count: number): Promise<{ status: 'ready' | 'pending'; handle: Json }> {
    let handle: Json = null;
    for (let n = 1; ; n++) {
      const answer: Ready | Pending = await this.provision(key, { handle });
      handle = answer.handle ?? handle;
      if (answer.status === 'ready' || n === count) return { status: answer.status, handle };
      await sleep(Math.max(100, answer.retryAfterMs));
    }
  }

  /** Makes each call of provision twice, as after a crash that lost the first answer, until it is ready. */
  async *twiceEach(key: string): AsyncGenerator<{ first: Pending; again: Pending }> {
    const end = performance.now() + this.options.timeoutMs;
    let handle: Json = null;
    while (performance.now() < end) {
      const first: Ready | Pending = await this.provision(key, { handle });
      if (first.status === 'ready') return;
      const again: Ready | Pending = await this.provision(key, { handle });
      if (again.status === 'ready') return;
      yield { first, again };
      handle = again.handle ?? first.handle ?? handle;
      await sleep(Math.max(100, again.retryAfterMs));
    }
    this.#neverCame(key, 'ready');
  }

  /** The keys that the plugin lists; null when it has no such verb. */
  async list(): Promise<readonly string[] | null> {
    return this.#caller.withInstance(async (one) => {
      if (!one.list) return null;
      const keys: unknown = await one.list(AbortSignal.timeout(CALL_LIMIT_MS));
      assert.ok(
        Array.isArray(keys) && keys.every((key) => typeof key === 'string'),
        'list did not answer a list of texts; answer the keys of all things that are there',
      );
      return keys;
    });
  }

  async #until<Last extends Ready | Gone>(
    key: string,
    status: Last['status'],
    call: (options: CallOptions) => Promise<Last | Pending>,
    { handle = null, loseHandle = 0, retry = false, ...options }: UntilOptions,
  ): Promise<Last & Way> {
    const end = performance.now() + this.options.timeoutMs;
    let current = handle;
    const handles: Json[] = [];
    let handlesLost = 0;
    let retries = retry ? RETRIES : 0;
    while (performance.now() < end) {
      const answer: Last | Pending = await call({ ...options, handle: current }).catch(
        (error: unknown): Pending => {
          if (PermanentError.is(error) || error instanceof assert.AssertionError || retries-- === 0)
            throw error;
          return { status: 'pending', message: 'retried', retryAfterMs: RETRY_MS };
        },
      );
      if (answer.status !== 'pending') return { ...answer, handlesLost, handles };
      if (answer.handle !== undefined) {
        handles.push(answer.handle);
        if (handles.length === loseHandle) handlesLost++;
        else current = answer.handle;
      }
      await sleep(Math.max(100, answer.retryAfterMs));
    }
    return this.#neverCame(key, status);
  }

  #neverCame(key: string, status: string): never {
    return assert.fail(
      `"${key}" was not ${status} within ${this.options.timeoutMs} ms: each answer was pending. If that is how long it takes, raise timeoutMs of the kit`,
    );
  }
}
