/**
 * One call of a plugin: an instance of its own and a handle that went through JSON, as if every call came from another process.
 * Everything a plugin says is kept, so that it can be searched for secrets afterwards.
 */
import assert from 'node:assert/strict';
import { hkdfSync, randomBytes } from 'node:crypto';
import type {
  Gone,
  Json,
  Pending,
  Provisioner,
  ProvisionerPlugin,
  ProvisionRequest,
  Ready,
} from '../provisioner.js';
import { ABORT_GRACE_MS, CALL_LIMIT_MS } from '../limits.js';
import { within } from '../time-limit.js';
import { type TestDeployment, deploymentOf } from './deployment.js';
import { callElsewhere } from './elsewhere.js';
import { checkAnswer, checkMessage, type Confidence, type Said, sayNoSecrets } from './promises.js';
import { secretsOfConfig } from './secrecy.js';

export interface CallerOptions {
  readonly plugin: ProvisionerPlugin;
  readonly config: unknown;
  readonly settings?: Readonly<Record<string, Json>>;
  readonly publicSecrets?: readonly string[];
  readonly module?: string | URL;
  /** How long one thing may take to become ready or gone, over all calls. */
  readonly timeoutMs: number;
}

export interface CallOptions {
  readonly handle?: Json;
  readonly signal?: AbortSignal;
  /** In what the deployment that asks differs from the usual one. */
  readonly deployment?: Partial<TestDeployment>;
  /** In a process of its own, which has to load the plugin from its module. */
  readonly elsewhere?: boolean;
}

export type ProvisionerVerb = 'provision' | 'deprovision';

/** The time that the core leaves to an aborted call, and half a second more for a busy machine. */
const GRACE_MS = ABORT_GRACE_MS + 500;

export class Caller {
  readonly #run = randomBytes(4).toString('hex');
  /** What every key of this run begins with. */
  readonly prefix = `kit-${this.#run}-`;
  readonly #seeds = new Map<string, Buffer>();
  readonly #said = new Map<string, Said>();

  constructor(private readonly options: CallerOptions) {}

  /** A key of this run; the same name gives the same key. */
  key(name: string): string {
    const key = `${this.prefix}${name}`;
    if (!this.#seeds.has(key)) this.#seeds.set(key, randomBytes(32));
    return key;
  }

  get keys(): string[] {
    return [...this.#seeds.keys()];
  }

  async call<T extends Ready | Pending | Gone>(
    key: string,
    verb: ProvisionerVerb,
    options: CallOptions,
  ): Promise<T> {
    const said = this.#listen(key);
    const limitMs = Math.min(CALL_LIMIT_MS, this.options.timeoutMs);
    const limit = AbortSignal.timeout(limitMs);
    const { signal } = options;
    const request = this.#request(key, options, signal ? AbortSignal.any([signal, limit]) : limit);
    const late = `a call of ${verb} did not end within ${limitMs} ms, though its signal was aborted then; verbs do not wait: answer pending, and pass the signal on`;
    const work = (): Promise<unknown> =>
      options.elsewhere
        ? this.#elsewhere(verb, request, limitMs)
        : this.withInstance<unknown>(async (one) => one[verb](request));
    const answer = await within(
      limitMs + GRACE_MS,
      () => new assert.AssertionError({ message: late }),
      work,
    ).catch((error: unknown) => {
      this.#hear(error, said, signal?.aborted === true);
      throw error;
    });
    checkAnswer(verb, answer as T, said);
    sayNoSecrets(said, this.#confidence());
    return JSON.parse(JSON.stringify(answer)) as T;
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

  /** What an error says is shown and kept like a message. */
  #hear(error: unknown, said: Said, aborted: boolean): void {
    if (error instanceof assert.AssertionError) return;
    const { message } = (error ?? {}) as { message?: unknown };
    assert.equal(
      typeof message,
      'string',
      `the plugin threw what is no error (${typeof error}), so nobody can read what is wrong; throw an Error with a message`,
    );
    if (!aborted) checkMessage('error', message, said);
    for (const words of causesOf(error)) said.texts.set(words, 'error');
    sayNoSecrets(said, this.#confidence());
  }

  #confidence(): Confidence {
    const { config, publicSecrets = [] } = this.options;
    return { config: secretsOfConfig(config, ['config']), publicNames: new Set(publicSecrets) };
  }

  async #elsewhere(verb: ProvisionerVerb, request: ProvisionRequest, limitMs: number): Promise<unknown> {
    const { module, config } = this.options;
    const seed = this.#seeds.get(request.key)?.toString('hex') ?? '';
    const order = { module: String(module), config, verb, request, seed, limitMs };
    const { answer, error, labels, logs } = await callElsewhere(order);
    for (const label of labels) request.derive(label);
    for (const text of logs) request.log(text);
    if (error) throw Object.assign(new Error(error.message), { name: error.name });
    return answer;
  }

  #request(key: string, { handle = null, deployment }: CallOptions, signal: AbortSignal): ProvisionRequest {
    const said = this.#listen(key);
    const data = {
      key,
      resource: { id: 'res_kit', settings: structuredClone(this.options.settings ?? {}) },
      installationId: 'icfg_kit',
      deployment: { ...deploymentOf(this.#run), ...deployment },
    };
    said.known = `${JSON.stringify(data)} ${data.deployment.gitRef ?? ''}`;
    return {
      ...data,
      handle: structuredClone(handle),
      signal,
      derive: (label) => {
        const bytes = new Uint8Array(hkdfSync('sha256', this.#seeds.get(key) ?? '', key, label, 32));
        said.derived.set(label, bytes);
        return bytes;
      },
      log: (message, fields = {}) => {
        assert.equal(typeof message, 'string', 'log was given a message that is no text');
        said.texts.set(message, 'log').set(JSON.stringify(fields), 'log');
      },
    };
  }

  #listen(key: string): Said {
    const said = this.#said.get(key) ?? {
      texts: new Map(),
      derived: new Map(),
      secrets: new Map(),
      known: '',
    };
    this.#said.set(key, said);
    return said;
  }
}

const MOST_CAUSES = 10;

/** What an error says, and what its causes say. */
function causesOf(error: unknown): string[] {
  const words: string[] = [];
  for (let at = error; words.length < MOST_CAUSES && typeof at === 'object' && at !== null;) {
    const { message, cause } = at as { message?: unknown; cause?: unknown };
    words.push(String(message));
    at = cause;
  }
  return words;
}
