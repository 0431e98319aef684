/** The plugin `neon-branch` and a fake Neon for each test. The fakes stop with their test. */
import { hkdfSync, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, expect } from 'vitest';
import type { NeonHandle } from '../../../src/provisioner/builtin/neon-branch/handle.js';
import plugin from '../../../src/provisioner/builtin/neon-branch/neon-branch.js';
import { type Provisioner, type ProvisionRequest, type Ready } from '../../../src/provisioner/provisioner.js';
import { type FakeNeon, type FakeNeonOptions, startFakeNeon } from './fake-neon.js';

export const KEY = 'drawbridge-key';
export const NAME = 'drawbridge-name';

const running: FakeNeon[] = [];
afterEach(async () => {
  for (const neon of running.splice(0)) await neon.stop();
});

export interface NeonRequestInput {
  readonly key?: string;
  readonly gitRef?: string | null;
  readonly handle?: NeonHandle | null;
}

export function requestFor({
  key = `k-${randomBytes(4).toString('hex')}`,
  gitRef = 'main',
  handle = null,
}: NeonRequestInput = {}): ProvisionRequest<NeonHandle> {
  return {
    key,
    handle,
    resource: { id: 'res_1', settings: {} },
    installationId: 'icfg_1',
    deployment: {
      id: 'dpl_1',
      url: null,
      target: null,
      projectId: null,
      projectName: null,
      gitRef,
      gitSha: null,
      pullRequest: null,
    },
    signal: AbortSignal.timeout(30_000),
    derive: (label) => new Uint8Array(hkdfSync('sha256', `seed of ${key}`, key, label, 32)),
    log: () => undefined,
  };
}

export class NeonWorld {
  /** The plugin's log for operators in `ready` and `gone`. */
  readonly logged: string[] = [];
  readonly #log = (message: string): void => void this.logged.push(message);

  constructor(readonly neon: FakeNeon) {}

  /** An instance as the loader creates it: validated by the plugin's schema. */
  open(config: Record<string, unknown> = {}): Provisioner<NeonHandle> {
    const { apiKey, url } = this.neon;
    return plugin.create(
      (plugin.configSchema as any).parse({ apiKey, apiUrl: url, project: 'fake-project', ...config }),
    );
  }

  async ready(
    asked: NeonRequestInput = {},
    config: Record<string, unknown> = {},
  ): Promise<Ready<NeonHandle>> {
    const one = this.open(config);
    let { handle = null } = asked;
    for (;;) {
      const answer = await one.provision({ ...requestFor({ ...asked, handle }), log: this.#log });
      if (answer.status === 'ready') return answer;
      handle = answer.handle ?? handle;
      await sleep(20);
    }
  }

  async gone(asked: NeonRequestInput, config: Record<string, unknown> = {}): Promise<void> {
    const one = this.open(config);
    let { handle = null } = asked;
    for (;;) {
      const answer = await one.deprovision({ ...requestFor({ ...asked, handle }), log: this.#log });
      if (answer.status === 'gone') return;
      handle = answer.handle ?? handle;
      await sleep(20);
    }
  }

  async fails(asked: NeonRequestInput = {}, config: Record<string, unknown> = {}): Promise<Error> {
    const thrown: unknown = await this.open(config)
      .provision(requestFor(asked))
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    expect(inspect(thrown, { depth: 10 })).not.toContain(this.neon.apiKey);
    return thrown as Error;
  }

  /** The error of `deprovision`. */
  async stays(asked: NeonRequestInput): Promise<Error> {
    const thrown: unknown = await this.open()
      .deprovision(requestFor(asked))
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    return thrown as Error;
  }

  /**
   * The ids of two branches of one key, as two concurrent calls leave them when one is killed. The older
   * branch comes first.
   */
  async two(key: string): Promise<string[]> {
    const ids: string[] = [];
    for (const name of ['one', 'other']) {
      const annotation = { [KEY]: key, [NAME]: name };
      ids.push(this.neon.project().addBranch({ name, annotation }).id);
      await sleep(1_100);
    }
    return ids;
  }

  names(): string[] {
    return this.neon
      .branches()
      .map(({ name }) => name)
      .sort();
  }

  posts(): number {
    return this.neon.requests.filter(({ method }) => method === 'POST').length;
  }
}

export async function world(options: FakeNeonOptions = {}): Promise<NeonWorld> {
  const neon = await startFakeNeon(options);
  running.push(neon);
  return new NeonWorld(neon);
}
