/**
 * How the kit calls a plugin: each call gets an instance of its own and a handle that went through JSON, as if every call came
 * from another process. Everything a plugin says is kept, so that it can be searched for secrets afterwards.
 */
import assert from 'node:assert/strict';
import { hkdfSync, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Gone,
  type Json,
  type Pending,
  PermanentError,
  type Provisioner,
  type ProvisionerPlugin,
  type ProvisionRequest,
  type Ready,
} from '../provisioner.js';
import { checkAnswer, type Said, sayNoSecrets } from './promises.js';

export interface SubjectOptions {
  readonly plugin: ProvisionerPlugin;
  readonly config: unknown;
  readonly settings?: Readonly<Record<string, Json>>;
  /** How long one thing may take to become ready or gone, over all calls. */
  readonly timeoutMs: number;
}

export interface CallOptions {
  readonly handle?: Json;
  readonly signal?: AbortSignal;
}

/** For calls at once and after an abort, where the contract lets a call throw and the core calls again. */
const RETRIES = 5;
const RETRY_MS = 200;
/** The core's time limit for one call. */
const CALL_MS = 30_000;
const GRACE_MS = 1_500;

export class Subject {
  readonly #run = randomBytes(4).toString('hex');
  /** What every key of this run begins with. */
  readonly prefix = `kit-${this.#run}-`;
  readonly #seeds = new Map<string, Buffer>();
  readonly #said = new Map<string, Said>();

  constructor(private readonly options: SubjectOptions) {}

  /** A key of this run; the same name gives the same key. */
  key(name: string): string {
    const key = `${this.prefix}${name}`;
    if (!this.#seeds.has(key)) this.#seeds.set(key, randomBytes(32));
    return key;
  }

  get keys(): string[] {
    return [...this.#seeds.keys()];
  }

  provision(key: string, options: CallOptions = {}): Promise<Ready | Pending> {
    return this.#call(key, 'provision', options, (one, request) => one.provision(request));
  }

  deprovision(key: string, options: CallOptions = {}): Promise<Gone | Pending> {
    return this.#call(key, 'deprovision', options, (one, request) => one.deprovision(request));
  }

  /** Calls until `ready`, each time with the handle of the answer before; that of answer number `loseHandle` is lost, as in a crash. */
  untilReady(
    key: string,
    options: { handle?: Json; loseHandle?: number; retry?: boolean } = {},
  ): Promise<Ready & { handlesLost: number }> {
    return this.#until(key, 'ready', (handle) => this.provision(key, { handle }), options);
  }

  untilGone(key: string, options: { handle?: Json; retry?: boolean } = {}): Promise<Gone> {
    return this.#until(key, 'gone', (handle) => this.deprovision(key, { handle }), options);
  }

  async withInstance<T>(work: (one: Provisioner) => Promise<T>): Promise<T> {
    const { plugin, config } = this.options;
    const checked = await plugin.configSchema['~standard'].validate(config);
    assert.ok(
      !checked.issues,
      `the configuration given to the kit is refused: ${JSON.stringify(checked.issues)}`,
    );
    const one: Provisioner = plugin.create(checked.value);
    try {
      return await work(one);
    } finally {
      await one.close?.();
    }
  }

  async #call<T extends Ready | Pending | Gone>(
    key: string,
    verb: 'provision' | 'deprovision',
    { handle = null, signal }: CallOptions,
    work: (one: Provisioner, request: ProvisionRequest) => Promise<T>,
  ): Promise<T> {
    const said = this.#listen(key);
    const limitMs = Math.min(CALL_MS, this.options.timeoutMs);
    const limit = AbortSignal.timeout(limitMs);
    const request = this.#request(key, handle, signal ? AbortSignal.any([signal, limit]) : limit);
    const late = sleep(limitMs + GRACE_MS, undefined, { ref: false }).then(() =>
      assert.fail(
        `a call of ${verb} did not end within ${limitMs} ms, though its signal was aborted then; verbs do not wait: answer pending, and pass the signal on`,
      ),
    );
    const called = this.withInstance((one) => work(one, request));
    const answer = await Promise.race([called, late]).catch((error: unknown) => {
      said.texts.push(error instanceof Error ? error.message : String(error));
      sayNoSecrets(said);
      throw error;
    });
    checkAnswer(verb, answer, said);
    return JSON.parse(JSON.stringify(answer)) as T;
  }

  #request(key: string, handle: Json, signal: AbortSignal): ProvisionRequest {
    const said = this.#listen(key);
    return {
      key,
      handle: JSON.parse(JSON.stringify(handle)) as Json,
      resource: { id: 'res_kit', settings: this.options.settings ?? {} },
      installationId: 'icfg_kit',
      deployment: {
        id: `dpl_${this.#run}`,
        url: 'kit.example.app',
        target: null,
        projectId: 'prj_kit',
        projectName: 'kit',
        gitRef: `feature/"quoted"; drop--'${this.#run}`,
        gitSha: null,
        pullRequest: null,
      },
      signal,
      derive: (label) => {
        const bytes = new Uint8Array(hkdfSync('sha256', this.#seeds.get(key) ?? '', key, label, 32));
        said.derived.push(bytes);
        return bytes;
      },
      log: (message, fields = {}) => void said.texts.push(message, JSON.stringify(fields)),
    };
  }

  #listen(key: string): Said {
    const said = this.#said.get(key) ?? { key, texts: [], derived: [], secrets: {} };
    this.#said.set(key, said);
    return said;
  }

  async #until<Last extends Ready | Gone>(
    key: string,
    status: Last['status'],
    call: (handle: Json) => Promise<Last | Pending>,
    { handle = null, loseHandle = 0, retry = false }: { handle?: Json; loseHandle?: number; retry?: boolean },
  ): Promise<Last & { handlesLost: number }> {
    const end = performance.now() + this.options.timeoutMs;
    let current = handle;
    let handles = 0;
    let handlesLost = 0;
    let retries = retry ? RETRIES : 0;
    while (performance.now() < end) {
      const answer: Last | Pending = await call(current).catch((error: unknown): Pending => {
        if (PermanentError.is(error) || error instanceof assert.AssertionError || retries-- === 0)
          throw error;
        return { status: 'pending', message: 'retried', retryAfterMs: RETRY_MS };
      });
      if (answer.status !== 'pending') return { ...answer, handlesLost };
      if (answer.handle !== undefined && ++handles === loseHandle) handlesLost++;
      else if (answer.handle !== undefined) current = answer.handle;
      await sleep(Math.max(100, answer.retryAfterMs));
    }
    return assert.fail(
      `"${key}" was not ${status} within ${this.options.timeoutMs} ms: each answer was pending. If that is how long it takes, raise timeoutMs of the kit`,
    );
  }
}
