/**
 * The conformance kit: runs a plugin against its real backend and checks each rule of the provisioner
 * contract. It runs under vitest, jest and node:test, which all have `describe` and `it`, and needs nothing
 * else but Node.
 */
import assert from 'node:assert/strict';
import type { Json, ProvisionerPlugin } from '../provisioner.js';
import { CHECKS } from './checks.js';
import { TestSubject } from './subject.js';
import type { CheckContext } from './check-context.js';

/**
 * The functions of a test runner that the kit calls. The third argument of `it` is a time limit in
 * milliseconds.
 */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;
}

export interface ConformanceOptions {
  /** The plugin: the default export of its module. */
  readonly plugin: ProvisionerPlugin;
  /** A configuration that works against a real backend. */
  readonly config: unknown;
  /** A configuration that the schema must reject, for example one with a value of the wrong type. */
  readonly invalidConfig: unknown;
  /**
   * Looks up in the backend, without the plugin, what exists for `key`. Returns an id that changes when the
   * thing is made again (a creation number, a uuid), or an array with one item per thing. Returns null,
   * undefined, false or an empty array when no thing exists. Leave `find` out for a plugin that makes
   * nothing in a backend.
   */
  readonly find?: (key: string) => unknown;
  /**
   * The URL of the plugin's module (`new URL('./plugin.js', import.meta.url).href`). The kit then also calls
   * the plugin from another process, and so detects state kept in module variables. It passes `config` to
   * that process as JSON.
   */
  readonly module?: string | URL;
  /** The settings of the resource in each request. Default: none. */
  readonly settings?: Readonly<Record<string, Json>>;
  /**
   * Names in `ready.secrets` whose values may occur in handles, messages and logs. Values from the request
   * are public anyway. So are values without credentials under names like PGHOST, PORT, USER, DATABASE,
   * BRANCH, ID or URL.
   */
  readonly publicSecrets?: readonly string[];
  /** How long one thing may take to become ready or gone, in milliseconds. Default: 60,000. */
  readonly timeoutMs?: number;
}

/** Declares one test per check of the contract, in one `describe` block. */
export function describeProvisioner({ describe, it }: TestRunner, options: ConformanceOptions): void {
  const { plugin, timeoutMs = 60_000 } = options;
  describe(`provisioner ${plugin.name} keeps the contract`, () => {
    const context: CheckContext = { ...options, subject: new TestSubject({ ...options, timeoutMs }) };
    for (const [name, check] of Object.entries(CHECKS))
      it(name, () => check(context).catch(explain), timeoutMs * 4);
  });
}

/**
 * The builtin `http`, to test a provisioner that is an HTTP server: pass it to `describeProvisioner` as the
 * plugin, with `{ url, secret }` as the configuration.
 */
export { default as http } from '../builtin/http/http.js';

/** Adds to an error of the plugin why the error fails the check. An assertion of the kit explains itself. */
function explain(error: unknown): never {
  if (error instanceof assert.AssertionError) throw error;
  const text = error instanceof Error ? error.message : String(error);
  throw new Error(
    `the plugin threw in an ordinary situation: ${text}. A thing that exists already, or that ` +
      'no longer exists, is no error',
    { cause: error },
  );
}
