/**
 * Calls a plugin as if every call came from another process: each call has an instance of its own, and its
 * handle went through JSON. Keeps every text that the plugin returns, throws or logs, to search it for
 * secrets.
 */
import { ABORT_GRACE_MS, CALL_LIMIT_MS } from '../limits.js';
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
import { within } from '../time-limit.js';
import { type TestDeployment, deploymentOf } from './deployment.js';
import { callInOtherProcess } from './call-in-other-process.js';
import {
  checkAnswer,
  checkMessage,
  type SecrecyRules,
  type PluginOutput,
  checkNoSecrets,
} from './checks-answer.js';
import { secretsOfConfig } from './secret-search.js';

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
  /** The fields in which the request's deployment differs from the usual one. */
  readonly deployment?: Partial<TestDeployment>;
  /** Makes the call in a new process, which loads the plugin from its module. */
  readonly otherProcess?: boolean;
}

export type ProvisionerVerb = 'provision' | 'deprovision';

/** The core's grace for an aborted call, plus half a second for a busy machine. */
const GRACE_MS = ABORT_GRACE_MS + 500;

export class Caller {
  readonly #run = randomBytes(4).toString('hex');
  /** Every key of this run begins with this prefix. */
  readonly prefix = `kit-${this.#run}-`;
  readonly #seeds = new Map<string, Buffer>();
  readonly #outputs = new Map<string, PluginOutput>();

  constructor(private readonly options: CallerOptions) {}

  /** Returns a key of this run. The same name gives the same key. */
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
    const output = this.#outputOf(key);
    const limitMs = Math.min(CALL_LIMIT_MS, this.options.timeoutMs);
    const limit = AbortSignal.timeout(limitMs);
    const { signal } = options;
    const request = this.#request(key, options, signal ? AbortSignal.any([signal, limit]) : limit);
    const late =
      `${verb} did not end within ${limitMs} ms, although its signal aborted then. A verb must ` +
      'not wait: answer pending, and pass the signal to every call that waits';
    const work = (): Promise<unknown> =>
      options.otherProcess
        ? this.#inOtherProcess(verb, request, limitMs)
        : this.withInstance<unknown>(async (one) => one[verb](request));
    const answer = await within(
      limitMs + GRACE_MS,
      () => new assert.AssertionError({ message: late }),
      work,
    ).catch((error: unknown) => {
      this.#checkError(error, output, signal?.aborted === true);
      throw error;
    });
    checkAnswer(verb, answer as T, output);
    checkNoSecrets(output, this.#secrecyRules());
    return JSON.parse(JSON.stringify(answer)) as T;
  }

  async withInstance<T>(work: (one: Provisioner) => Promise<T>): Promise<T> {
    const { plugin, config } = this.options;
    const checked = await plugin.configSchema['~standard'].validate(config);
    assert.ok(
      !checked.issues,
      `configSchema rejects the kit's option config: ${JSON.stringify(checked.issues)}`,
    );
    const one: Provisioner = plugin.create(checked.value);
    try {
      return await work(one);
    } finally {
      await one.close?.();
    }
  }

  /** Checks an error like a message: people see both. */
  #checkError(error: unknown, output: PluginOutput, aborted: boolean): void {
    if (error instanceof assert.AssertionError) return;
    const { message } = (error ?? {}) as { message?: unknown };
    assert.equal(
      typeof message,
      'string',
      `the plugin threw a value that is not an Error (${typeof error}), so its message is lost. ` +
        'Throw an Error with a message',
    );
    if (!aborted) checkMessage('error', message, output);
    for (const text of messagesOf(error)) output.texts.set(text, 'error');
    checkNoSecrets(output, this.#secrecyRules());
  }

  #secrecyRules(): SecrecyRules {
    const { config, publicSecrets = [] } = this.options;
    return { config: secretsOfConfig(config, ['config']), publicNames: new Set(publicSecrets) };
  }

  async #inOtherProcess(verb: ProvisionerVerb, request: ProvisionRequest, limitMs: number): Promise<unknown> {
    const { module, config } = this.options;
    const seed = this.#seeds.get(request.key)?.toString('hex') ?? '';
    const data = { module: String(module), config, verb, request, seed, limitMs };
    const { answer, error, labels, logs } = await callInOtherProcess(data);
    for (const label of labels) request.derive(label);
    for (const text of logs) request.log(text);
    if (error) throw Object.assign(new Error(error.message), { name: error.name });
    return answer;
  }

  #request(key: string, { handle = null, deployment }: CallOptions, signal: AbortSignal): ProvisionRequest {
    const output = this.#outputOf(key);
    const data = {
      key,
      resource: { id: 'res_kit', settings: structuredClone(this.options.settings ?? {}) },
      installationId: 'icfg_kit',
      deployment: { ...deploymentOf(this.#run), ...deployment },
    };
    output.requestText = `${JSON.stringify(data)} ${data.deployment.gitRef ?? ''}`;
    return {
      ...data,
      handle: structuredClone(handle),
      signal,
      derive: (label) => {
        const bytes = new Uint8Array(hkdfSync('sha256', this.#seeds.get(key) ?? '', key, label, 32));
        output.derived.set(label, bytes);
        return bytes;
      },
      log: (message, fields = {}) => {
        assert.equal(typeof message, 'string', 'log was called with a message that is not a string');
        output.texts.set(message, 'log').set(JSON.stringify(fields), 'log');
      },
    };
  }

  #outputOf(key: string): PluginOutput {
    const output = this.#outputs.get(key) ?? {
      texts: new Map(),
      derived: new Map(),
      secrets: new Map(),
      requestText: '',
    };
    this.#outputs.set(key, output);
    return output;
  }
}

const MAX_CAUSES = 10;

/** Returns the messages of an error and of its causes. */
function messagesOf(error: unknown): string[] {
  const messages: string[] = [];
  for (let at = error; messages.length < MAX_CAUSES && typeof at === 'object' && at !== null;) {
    const { message, cause } = at as { message?: unknown; cause?: unknown };
    messages.push(String(message));
    at = cause;
  }
  return messages;
}
