/**
 * The conformance kit: runs a plugin against its real backend and checks the promises of the provisioner contract. Runs
 * under vitest, jest and node:test, which all have `describe` and `it`; whatever else it needs is in Node.
 */
import assert from 'node:assert/strict';
import type { Json, ProvisionerPlugin } from '../provisioner.js';
import { CHECKS } from './checks.js';
import { TestSubject } from './subject.js';
import type { World } from './world.js';

/** What the kit needs of a test runner; the third argument is a time limit where the runner knows one. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;
}

export interface ConformanceOptions {
  /** The plugin: the default export of its module. */
  readonly plugin: ProvisionerPlugin;
  /** A configuration that works against a real backend. */
  readonly config: unknown;
  /** A configuration that has to be refused, for example one with a key of the wrong type. */
  readonly invalidConfig: unknown;
  /**
   * What exists for `key`, seen behind the plugin's back; null, undefined, false or an empty list when there is nothing. Tell by which
   * things can be told apart (an id, a creation number): two answers that differ count as two things. A list counts its items. Left out
   * for a plugin that makes nothing outside.
   */
  readonly find?: (key: string) => unknown;
  /**
   * The address of the plugin's module (`new URL('./plugin.js', import.meta.url).href`). With it the kit calls the plugin in another
   * process too, which knows no variable of this one. `config` travels there as JSON.
   */
  readonly module?: string | URL;
  /** The settings of the resource that requests speak of; none unless told. */
  readonly settings?: Readonly<Record<string, Json>>;
  /**
   * Names in `ready.secrets` whose values may stand in handles, messages and logs. Not needed for what the request says, nor for
   * names like PGHOST, PORT, USER, DATABASE, BRANCH, ID or URL whose values hold no credentials: those are public by themselves.
   */
  readonly publicSecrets?: readonly string[];
  /** How long one thing may take to become ready or gone; 60 s unless told. */
  readonly timeoutMs?: number;
}

export function describeProvisioner({ describe, it }: TestRunner, options: ConformanceOptions): void {
  const { plugin, timeoutMs = 60_000 } = options;
  describe(`provisioner ${plugin.name} keeps its promises`, () => {
    const world: World = { ...options, subject: new TestSubject({ ...options, timeoutMs }) };
    for (const [name, check] of Object.entries(CHECKS))
      it(name, () => check(world).catch(explain), timeoutMs * 4);
  });
}

/** The builtin `http`, for provisioners that live behind it: give it to `describeProvisioner` with `{ url, secret }` as the configuration. */
export { default as http } from '../builtin/http/http.js';

/** What the checks assert explains itself; what the plugin threw does not say that it should not have. */
function explain(error: unknown): never {
  if (error instanceof assert.AssertionError) throw error;
  const words = error instanceof Error ? error.message : String(error);
  throw new Error(
    `the plugin threw where its backend was asked for nothing unusual: ${words}. What is there already, or is not there any more, is no error`,
    { cause: error },
  );
}
