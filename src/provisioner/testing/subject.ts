/**
 * Calls a plugin as Drawbridge does: repeats a call with the last handle until the plugin answers ready or
 * gone.
 */
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
  /** How long one thing may take to become ready or gone, over all calls, in milliseconds. */
  readonly timeoutMs: number;
}

export interface UntilOptions extends Pick<CallOptions, 'handle' | 'deployment' | 'otherProcess'> {
  /** The number of the pending answer whose handle is lost, as in a crash; 1 is the first. */
  readonly loseHandle?: number;
  /** Repeats a call that throws, as Drawbridge does. */
  readonly retry?: boolean;
}

/** The calls before the last one. */
interface CallHistory {
  readonly handlesLost: number;
  /** The handles of the pending answers. */
  readonly handles: readonly Json[];
}

/** For calls at once and after an abort: the contract lets a call throw then, and Drawbridge calls again. */
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

  /** Returns a key of this run. The same name gives the same key. */
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

  /** Calls provision until it answers ready, each time with the handle of the answer before. */
  untilReady(key: string, options: UntilOptions = {}): Promise<Ready & CallHistory> {
    return this.#until(key, 'ready', (one) => this.provision(key, one), options);
  }

  untilGone(key: string, options: UntilOptions = {}): Promise<Gone & CallHistory> {
    return this.#until(key, 'gone', (one) => this.deprovision(key, one), options);
  }

  /** Calls provision `count` times, or until it answers ready. Returns the last status and handle. */
  async answers(key: string, count: number): Promise<{ status: 'ready' | 'pending'; handle: Json }> {
    let handle: Json = null;
    for (let n = 1; ; n++) {
      const answer: Ready | Pending = await this.provision(key, { handle });
      handle = answer.handle ?? handle;
      if (answer.status === 'ready' || n === count) return { status: answer.status, handle };
      await sleep(Math.max(100, answer.retryAfterMs));
    }
  }

  /**
   * Makes each call of provision twice, as after a crash that lost the first answer, until one answers
   * ready.
   */
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
    this.#failPending(key, 'ready');
  }

  /** Returns the keys that the plugin lists; null when the plugin has no verb `list`. */
  async list(): Promise<readonly string[] | null> {
    return this.#caller.withInstance(async (one) => {
      if (!one.list) return null;
      const keys: unknown = await one.list(AbortSignal.timeout(CALL_LIMIT_MS));
      assert.ok(
        Array.isArray(keys) && keys.every((key) => typeof key === 'string'),
        'list did not return an array of strings. Return the keys of all things that exist',
      );
      return keys;
    });
  }

  async #until<Final extends Ready | Gone>(
    key: string,
    status: Final['status'],
    call: (options: CallOptions) => Promise<Final | Pending>,
    { handle = null, loseHandle = 0, retry = false, ...options }: UntilOptions,
  ): Promise<Final & CallHistory> {
    const end = performance.now() + this.options.timeoutMs;
    let current = handle;
    const handles: Json[] = [];
    let handlesLost = 0;
    let retries = retry ? RETRIES : 0;
    while (performance.now() < end) {
      const answer: Final | Pending = await call({ ...options, handle: current }).catch(
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
    return this.#failPending(key, status);
  }

  #failPending(key: string, status: string): never {
    return assert.fail(
      `"${key}" was not ${status} within ${this.options.timeoutMs} ms: each answer was pending. ` +
        `If the backend needs more time, raise the kit's option timeoutMs`,
    );
  }
}
