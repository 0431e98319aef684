import { hkdfSync, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deprovision } from '../../../src/provisioner/builtin/sequence/deprovision.js';
import { type SequenceHandle, statesOf } from '../../../src/provisioner/builtin/sequence/handle.js';
import { sequenceOf } from '../../../src/provisioner/builtin/sequence/sequence.js';
import { makeSteps } from '../../../src/provisioner/builtin/sequence/step.js';
import { readSteps } from '../../../src/provisioner/builtin/sequence/config.js';
import {
  type Json,
  PermanentError,
  type Provisioner,
  type ProvisionerPlugin,
  type ProvisionRequest,
} from '../../../src/provisioner/provisioner.js';

interface Call {
  readonly verb: 'provision' | 'deprovision';
  readonly plugin: string;
  readonly key: string;
  readonly config: Config;
  readonly handle: Json;
}

type Config = Record<string, Json>;
type Play = (call: Call, signal: AbortSignal) => unknown;

/** The backend of all steps: the calls, the existing things, and answers that replace the usual ones. */
let calls: Call[];
let things: Set<string>;
let play: Play;
let open: number;
let closed: number;
let listed: Record<string, string[]>;

beforeEach(() => {
  [calls, things, play, open, closed, listed] = [[], new Set(), () => undefined, 0, 0, {}];
});

function pluginOf(name: string): ProvisionerPlugin<Config> {
  return {
    apiVersion: 1,
    name,
    ...(name === 'env' ? { templates: true } : {}),
    configSchema: z.looseObject({
      url: z.url({ error: (issue) => `${String(issue.input)} is no url` }).optional(),
    }) as unknown as ProvisionerPlugin<Config>['configSchema'],
    create(config): Provisioner {
      if (config['refuse'] === 'no') throw new Error('not this one');
      open++;
      return {
        async provision({ key, handle, derive, signal, log }) {
          const call: Call = { verb: 'provision', plugin: name, key, config, handle };
          calls.push(call);
          const answer = await play(call, signal);
          if (answer !== undefined) return answer as never;
          things.add(`${name} ${key}`);
          log('made', { size: 1 });
          const secrets = {
            URL: `https://${name}.example`,
            TOKEN: Buffer.from(derive('token')).toString('hex'),
          };
          return { status: 'ready', handle: { made: key }, secrets };
        },
        async deprovision({ key, handle, signal }) {
          const call: Call = { verb: 'deprovision', plugin: name, key, config, handle };
          calls.push(call);
          const answer = await play(call, signal);
          if (answer !== undefined) return answer as never;
          things.delete(`${name} ${key}`);
          return { status: 'gone' };
        },
        check: async () => {
          if (config['down']) throw new Error(`${name}: down`);
        },
        close: async () => {
          closed++;
          if (config['stuck']) throw new Error('stuck');
        },
        ...(listed[name] ? { list: async () => listed[name] ?? [] } : {}),
      };
    },
  };
}

const PLUGINS = Object.fromEntries(['db', 'sql', 'cache', 'env'].map((name) => [name, pluginOf(name)]));
const find = (name: string) => ({
  ok: true as const,
  plugin: PLUGINS[name] as ProvisionerPlugin,
});
const plugin = sequenceOf(find);

const STEPS = [
  { name: 'branch', provisioner: 'db', config: { region: 'fra' } },
  { name: 'sql', provisioner: 'sql', config: { url: '${steps.branch.secrets.URL}' }, expose: [] },
  { name: 'warm', provisioner: 'cache', config: { token: '${steps.branch.secrets.TOKEN}' } },
  { name: 'other', provisioner: 'db', expose: ['TOKEN'] },
];

function made(steps: object[] = STEPS): Provisioner<SequenceHandle> {
  const checked = plugin.configSchema['~standard'].validate({ steps });
  if (checked instanceof Promise || checked.issues) throw new Error(JSON.stringify(checked));
  return plugin.create(checked.value);
}

/** One allocation: its data in the core, and its calls. Keeps all messages about it. */
class Allocation {
  readonly key = `k-${randomBytes(4).toString('hex')}`;
  readonly said: string[] = [];
  handle: Json = null;
  /** The id of the requesting deployment. */
  deployment = 'dpl_1';

  constructor(private readonly steps: object[] = STEPS) {}

  async provision(signal?: AbortSignal) {
    const answer = await made(this.steps).provision(this.request(signal));
    this.keep(answer);
    return answer;
  }

  async deprovision() {
    const answer = await made(this.steps).deprovision(this.request());
    this.keep(answer);
    return answer;
  }

  async untilReady() {
    for (let call = 0; call < 20; call++) {
      const answer = await this.provision();
      if (answer.status === 'ready') return answer;
    }
    throw new Error('not ready after 20 calls');
  }

  async untilGone(): Promise<void> {
    for (let call = 0; call < 20; call++) if ((await this.deprovision()).status === 'gone') return;
    throw new Error('not gone after 20 calls');
  }

  derived(label: string): string {
    return Buffer.from(hkdfSync('sha256', 'seed', this.key, label, 32)).toString('hex');
  }

  request(signal = AbortSignal.timeout(30_000)): ProvisionRequest<SequenceHandle> {
    return {
      key: this.key,
      handle: JSON.parse(JSON.stringify(this.handle)) as SequenceHandle | null,
      resource: { id: 'res_1', settings: {} },
      installationId: 'icfg_1',
      deployment: { id: this.deployment, gitRef: 'main' } as never,
      derive: (label) => new Uint8Array(hkdfSync('sha256', 'seed', this.key, label, 32)),
      signal,
      log: (message, fields) => void this.said.push(`${message} ${JSON.stringify(fields)}`),
    };
  }

  private keep(answer: object): void {
    const told = answer as { handle?: Json; message?: string };
    if (told.handle !== undefined) this.handle = told.handle;
    this.said.push(JSON.stringify([told.handle ?? null, told.message ?? null]));
  }
}

const asked = (verb: Call['verb']) =>
  calls.filter((call) => call.verb === verb).map(({ plugin, key }) => `${plugin} ${key}`);

async function failure(work: Promise<unknown>): Promise<Error> {
  const error = await work.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

describe('provision', () => {
  it('runs one step per call, in order, and asks steps with secrets again at the end', async () => {
    const it = new Allocation();
    const messages: string[] = [];
    let answer = await it.provision();
    while (answer.status === 'pending') {
      messages.push(answer.message);
      answer = await it.provision();
    }
    expect(messages).toEqual([
      'branch: ready, next is sql',
      'sql: ready, next is warm',
      'warm: ready, next is other',
      'other: ready, all steps are done',
    ]);
    const [db, sql, cache, other] = [
      `db ${it.key}`,
      `sql ${it.key}`,
      `cache ${it.key}`,
      `db ${it.key}-other`,
    ];
    expect(asked('provision')).toEqual([db, sql, cache, other, db, cache, other]);
    expect([...things].toSorted()).toEqual([cache, db, other, sql]);
  });

  it('gives the deployment the exposed secrets; later steps take precedence', async () => {
    const it = new Allocation();
    const { secrets } = await it.untilReady();
    expect(secrets).toEqual({ URL: 'https://cache.example', TOKEN: it.derived('sequence:other:token') });
    expect(await it.untilReady()).toMatchObject({ secrets });
    it.handle = null;
    expect(await it.untilReady()).toMatchObject({ secrets });
  });

  it('gives later steps the secrets that they refer to, and changes nothing else', async () => {
    const config = {
      token: 'a ${steps.branch.secrets.TOKEN} b ${steps.branch.secrets.NONE:-none}',
      text: '${deployment.gitRef} $${steps.branch.secrets.TOKEN}',
      list: ['${steps.branch.secrets.URL}', 5, null],
    };
    const it = new Allocation([STEPS[0] as object, { name: 'last', provisioner: 'cache', config }]);
    await it.untilReady();
    expect(calls.find((call) => call.plugin === 'cache')?.config).toEqual({
      token: `a ${it.derived('sequence:branch:token')} b none`,
      text: '${deployment.gitRef} $${steps.branch.secrets.TOKEN}',
      list: ['https://db.example', 5, null],
    });
  });

  it('inserts a secret unchanged, with any content', async () => {
    const odd = '${steps.branch.secrets.URL} $& ${deployment.gitRef} $${x.y} $';
    play = ({ plugin, verb }) =>
      plugin === 'db' && verb === 'provision'
        ? { status: 'ready', handle: null, secrets: { ODD: odd } }
        : undefined;
    const config = { text: '<${steps.branch.secrets.ODD}{x.y}>' };
    const it = new Allocation([
      { name: 'branch', provisioner: 'db' },
      { name: 'plain', provisioner: 'cache', config },
      { name: 'env', provisioner: 'env', config },
    ]);
    await it.untilReady();
    expect(calls.find((call) => call.plugin === 'cache')?.config['text']).toBe(`<${odd}{x.y}>`);
    expect(calls.find((call) => call.plugin === 'env')?.config['text']).toBe(
      '<$${steps.branch.secrets.URL} $& $${deployment.gitRef} $$${x.y} $${x.y}>',
    );
  });

  it('shows secrets only in its last answer', async () => {
    const it = new Allocation();
    await it.untilReady();
    it.handle = (await it.untilReady()).handle;
    await it.untilGone();
    const hidden = ['branch', 'warm', 'other'].map((step) => it.derived(`sequence:${step}:token`));
    for (const secret of [...hidden, it.derived('sequence')]) {
      for (const text of it.said) expect(text).not.toContain(secret);
    }
    expect(it.said.join()).not.toContain('https://db.example');
    expect(it.said.join('\n')).toContain('branch: made {"size":1,"step":"branch"}');
  });

  it('stores only the secrets that later steps refer to, sealed', async () => {
    const it = new Allocation();
    await it.untilReady();
    const { branch, sql, warm, other } = statesOf(it.handle);
    expect(branch?.sealed).toMatch(/^[\w-]+$/);
    expect([sql?.sealed, warm?.sealed, other?.sealed]).toEqual([undefined, undefined, undefined]);
  });

  it('returns the message of a waiting step, with its handle', async () => {
    const it = new Allocation();
    await it.provision();
    let count = 0;
    play = ({ plugin }) =>
      plugin === 'sql'
        ? { status: 'pending', message: 'ran 1 of 3', retryAfterMs: 700, handle: { count: ++count } }
        : undefined;
    const answer = { status: 'pending', message: 'sql: ran 1 of 3', retryAfterMs: 700 };
    expect(await it.provision()).toMatchObject(answer);
    expect(await it.provision()).toMatchObject(answer);
    expect(calls.at(-1)?.handle).toEqual({ count: 1 });
    expect(statesOf(it.handle)['branch']).toMatchObject({ done: ['dpl_1'] });
  });

  it('runs all steps again for another deployment, in order, with their handles', async () => {
    const it = new Allocation();
    const { secrets } = await it.untilReady();
    const before = calls.map(({ plugin, key }) => `${plugin} ${key}`);
    calls = [];
    it.deployment = 'dpl_2';
    expect(await it.untilReady()).toMatchObject({ secrets });
    expect(asked('provision')).toEqual(before);
    expect(calls.every(({ key, handle }) => (handle as { made: string }).made === key)).toBe(true);
  });

  it('continues each of several deployments at its own step', async () => {
    const it = new Allocation();
    for (const deployment of ['dpl_1', 'dpl_2', 'dpl_1', 'dpl_2']) {
      it.deployment = deployment;
      await it.provision();
    }
    expect(calls.map(({ plugin }) => plugin)).toEqual(['db', 'db', 'sql', 'sql']);
  });

  it('has a handle whose size does not depend on the number of deployments', async () => {
    const it = new Allocation();
    const sizes: number[] = [];
    for (let number = 100; number < 150; number++) {
      it.deployment = `dpl_${number}`;
      await it.untilReady();
      sizes.push(JSON.stringify(it.handle).length);
    }
    expect(sizes.at(-1)).toBe(sizes.at(-20));
  });

  it('leaves the handle out when nothing in it changed', async () => {
    const it = new Allocation();
    play = () => ({ status: 'pending', message: 'soon', retryAfterMs: 100, handle: { at: 1 } });
    expect(await it.provision()).toHaveProperty('handle');
    expect(await it.provision()).not.toHaveProperty('handle');
  });

  it('waits for a step that is no longer ready when it is asked for its secrets', async () => {
    const it = new Allocation();
    for (const _ of STEPS) await it.provision();
    play = ({ plugin }) =>
      plugin === 'cache' ? { status: 'pending', message: 'starting again', retryAfterMs: 100 } : undefined;
    expect(await it.provision()).toMatchObject({ status: 'pending', message: 'warm: starting again' });
    play = () => undefined;
    expect(await it.provision()).toMatchObject({ status: 'ready' });
  });

  it('continues at the last recorded handle', async () => {
    for (let lost = 0; lost <= STEPS.length; lost++) {
      const it = new Allocation();
      const handles: Json[] = [null];
      for (const _ of STEPS) handles.push((await it.provision()).handle as Json);
      calls = [];
      it.handle = handles[lost] as Json;
      await it.provision();
      const plugins = calls.map((call) => call.plugin);
      expect(plugins).toEqual(
        lost === STEPS.length ? ['db', 'cache', 'db'] : [['db', 'sql', 'cache', 'db'][lost]],
      );
      expect((await it.untilReady()).secrets).toMatchObject({ URL: 'https://cache.example' });
    }
  });

  it('asks a step again for secrets that a changed configuration requires', async () => {
    const it = new Allocation(STEPS.slice(0, 1));
    await it.untilReady();
    const changed = new Allocation();
    Object.assign(changed, { key: it.key, handle: it.handle });
    await changed.untilReady();
    expect(calls.find((call) => call.plugin === 'sql')?.config['url']).toBe('https://db.example');
  });

  it('ignores a handle of another provisioner', async () => {
    for (const handle of ['text', [1], { database: 'x' }, { steps: [] }, { steps: { branch: 'x' } }]) {
      const it = new Allocation();
      it.handle = handle as Json;
      await it.untilReady();
    }
  });

  it('refuses a handle of another key', async () => {
    const [one, other] = [new Allocation(), new Allocation()];
    await one.provision();
    other.handle = one.handle;
    expect((await failure(other.provision())).message).toBe(
      'sequence: step branch: the secrets in the handle cannot be decrypted',
    );
  });
});

describe('a step that fails', () => {
  const failing =
    (error: unknown): Play =>
    ({ plugin }) => {
      if (plugin === 'sql') throw error;
    };

  it('for good fails the sequence for good, with its name', async () => {
    const it = new Allocation();
    await it.provision();
    for (const error of [
      new PermanentError('sql: no such table'),
      Object.assign(new Error('sql: no such table'), { name: 'PermanentError' }),
    ]) {
      play = failing(error);
      const told = await failure(it.provision());
      expect(told).toMatchObject({
        name: 'PermanentError',
        message: 'sequence: step sql: sql: no such table',
      });
    }
  });

  it('because its schema refuses a resolved value appears without the value', async () => {
    play = ({ plugin }) =>
      plugin === 'db' ? { status: 'ready', handle: null, secrets: { ODD: 'hunter${2}' } } : undefined;
    const config = { url: '${steps.branch.secrets.ODD}' };
    const it = new Allocation([STEPS[0] as object, { name: 'env', provisioner: 'env', config }]);
    await it.provision();
    expect((await failure(it.provision())).message).toBe('sequence: step env: config.url: … is no url');
  });

  it('may be tried again when its error is temporary', async () => {
    const it = new Allocation();
    await it.provision();
    play = failing(new Error('sql: no route'));
    expect(await failure(it.provision())).toMatchObject({
      name: 'Error',
      message: 'sequence: step sql: sql: no route',
    });
    play = failing('just text');
    expect(await failure(it.provision())).toMatchObject({ message: 'sequence: step sql: just text' });
  });

  it.each<[unknown, string]>([
    [null, 'status undefined, not "ready" or "pending"'],
    [{ status: 'gone' }, 'status "gone", not "ready" or "pending"'],
    [{ status: 'ready' }, 'ready without a handle'],
    [{ status: 'pending', retryAfterMs: 1 }, 'pending without a message'],
    [{ status: 'pending', message: 'x', retryAfterMs: Number.NaN }, 'pending without retryAfterMs'],
    [{ status: 'ready', handle: null, secrets: { A: 5 } }, 'the empty or invalid secret A'],
  ])('because its answer is %j appears with its name', async (answer, words) => {
    const it = new Allocation();
    await it.provision();
    play = () => answer;
    expect(await failure(it.provision())).toMatchObject({
      name: 'PermanentError',
      message: `sequence: step sql: sql breaks its contract: provision answered ${words}`,
    });
  });

  it.each([
    [{ url: '${steps.branch.secrets.NONE}' }, 'config.url: step "branch" returned no secret NONE'],
    [{ url: '${steps.branch.secrets.TOKEN}' }, 'config.url: … is no url'],
    [{ refuse: '${steps.branch.secrets.NONE:-no}' }, 'sql rejects its configuration: not this one'],
  ])('because its configuration is %j appears with the key, without the value', async (config, words) => {
    const it = new Allocation([STEPS[0] as object, { name: 'sql', provisioner: 'sql', config }]);
    await it.provision();
    expect(await failure(it.provision())).toMatchObject({
      name: 'PermanentError',
      message: `sequence: step sql: ${words}`,
    });
    await it.untilGone();
    expect(asked('deprovision').filter((text) => text.startsWith('sql'))).toEqual([]);
    expect([...things]).toEqual([]);
  });

  it('because an exposed secret is missing appears at once', async () => {
    const it = new Allocation([{ name: 'branch', provisioner: 'db', expose: ['TOKAN'] }]);
    expect(await failure(it.provision())).toMatchObject({
      name: 'PermanentError',
      message:
        'sequence: step branch: it returned no secret TOKAN, which expose lists (did you mean "TOKEN"?)',
    });
  });

  it('because it was aborted ends promptly with the reason of the abort', async () => {
    const it = new Allocation();
    await it.provision();
    play = (_, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new PermanentError('gave up'))),
      );
    const abort = new AbortController();
    const work = failure(it.provision(abort.signal));
    await sleep(10);
    abort.abort(new Error('canceled'));
    expect(await work).toMatchObject({ name: 'Error', message: 'canceled' });
    calls = [];
    expect(await failure(it.provision(AbortSignal.abort(new Error('canceled'))))).toMatchObject({
      message: 'canceled',
    });
    expect(calls).toEqual([]);
  });
});

describe('deprovision', () => {
  it('runs backwards, with the handles of the steps', async () => {
    const it = new Allocation();
    await it.untilReady();
    calls = [];
    await it.untilGone();
    expect(asked('deprovision')).toEqual([
      `db ${it.key}-other`,
      `cache ${it.key}`,
      `sql ${it.key}`,
      `db ${it.key}`,
    ]);
    expect(calls.map((call) => call.handle)).toEqual(calls.map(({ key }) => ({ made: key })));
    expect(calls[1]?.config['token']).toBe(it.derived('sequence:branch:token'));
    expect(asked('provision')).toEqual([]);
    expect([...things]).toEqual([]);
  });

  it('leaves nothing after a crash at any point, and calls no step that was not started', async () => {
    for (let point = 0; point <= STEPS.length; point++) {
      for (const answerRecorded of [true, false]) {
        const it = new Allocation();
        for (let call = 0; call < point; call++) await it.provision();
        const recorded = it.handle;
        if (!answerRecorded) await it.provision();
        it.handle = recorded;
        calls = [];
        await it.untilGone();
        await it.untilGone();
        expect([...things], `after ${point} steps, answer recorded: ${answerRecorded}`).toEqual([]);
        expect(asked('provision')).toEqual([]);
        const dependent = calls.filter(({ plugin }) => plugin === 'sql' || plugin === 'cache');
        if (point === 0) expect(dependent).toEqual([]);
      }
    }
  });

  it('works without a handle for all steps without references', async () => {
    const it = new Allocation();
    await it.untilReady();
    it.handle = null;
    await it.untilGone();
    expect(asked('deprovision')).toEqual([`db ${it.key}-other`, `db ${it.key}`]);
    expect(it.said.join('\n')).toContain(
      'sequence: step sql was never started, so there is nothing to remove: it needs a secret ' +
        'of step branch that is not stored',
    );
  });

  it.each([
    [
      'needs another secret',
      { ...STEPS[1], config: { url: '${steps.branch.secrets.URL}', as: '${steps.branch.secrets.USER}' } },
      'it needs a secret of step branch that is not stored',
    ],
    [
      'is refused',
      { ...STEPS[1], config: { url: 'no url: ${steps.branch.secrets.URL}' } },
      'config.url: no url: … is no url',
    ],
  ])('does not skip a started step whose configuration %s since', async (_, sql, why) => {
    const it = new Allocation(STEPS.slice(0, 2));
    await it.untilReady();
    const changed = new Allocation([STEPS[0] as object, sql]);
    Object.assign(changed, { key: it.key, handle: it.handle });
    const { message } = await failure(changed.untilGone());
    expect(message).toContain(`sequence: step sql cannot be deprovisioned: ${why}`);
    expect([...things]).toContain(`sql ${it.key}`);
    await it.untilGone();
    expect([...things]).toEqual([]);
  });

  it('does not call a step again that is gone while another step is pending', async () => {
    const it = new Allocation();
    await it.untilReady();
    calls = [];
    let times = 0;
    play = ({ plugin }) =>
      plugin === 'sql' && ++times < 4
        ? { status: 'pending', message: 'undoing', retryAfterMs: 100, handle: { times } }
        : undefined;
    expect(await it.deprovision()).toMatchObject({ status: 'pending', message: 'sql: undoing' });
    for (const _ of [1, 2]) await it.deprovision();
    expect(calls.map((call) => call.plugin)).toEqual(['db', 'cache', 'sql', 'sql', 'sql']);
    expect(calls.at(-1)?.handle).toEqual({ times: 2 });
    await it.untilGone();
    expect([...things]).toEqual([]);
  });

  it('is gone only when every step was gone in the same call: later effects are removed', async () => {
    const it = new Allocation();
    await it.untilReady();
    play = ({ plugin, key }) =>
      plugin === 'db' && key === it.key
        ? { status: 'pending', message: 'in use', retryAfterMs: 100 }
        : undefined;
    await it.deprovision();
    things.add(`cache ${it.key}`); // the effect of an abandoned provision call
    play = () => undefined;
    calls = [];
    await it.untilGone();
    expect([...things]).toEqual([]);
    expect(asked('deprovision').toSorted()).toEqual(
      [`db ${it.key}`, `cache ${it.key}`, `sql ${it.key}`, `db ${it.key}-other`].toSorted(),
    );
    things.add(`sql ${it.key}`); // and another one, before the core calls again
    await it.untilGone();
    expect([...things]).toEqual([]);
  });

  it('continues with a step that exists again and is pending again', async () => {
    const it = new Allocation();
    await it.untilReady();
    const slow =
      (slowPlugin: string): Play =>
      ({ plugin, key }) =>
        plugin === slowPlugin && !key.endsWith('-other')
          ? { status: 'pending', message: 'in use', retryAfterMs: 100 }
          : undefined;
    play = slow('db');
    await it.deprovision();
    play = slow('cache');
    expect(await it.deprovision()).toMatchObject({ status: 'pending', message: 'warm: in use' });
    expect(statesOf(it.handle)).toMatchObject({ branch: {}, other: { gone: true } });
    expect(statesOf(it.handle)['warm']).not.toHaveProperty('gone');
    play = () => undefined;
    await it.untilGone();
    expect([...things]).toEqual([]);
  });

  it('records which steps are gone when a call takes long', async () => {
    const it = new Allocation();
    await it.untilReady();
    const read = readSteps({ steps: STEPS }, find);
    const steps = makeSteps(read.ok ? read.steps : []);
    let clock = 0;
    const messages: string[] = [];
    for (let call = 0; call < 10; call++) {
      const answer = await deprovision(steps, statesOf(it.handle), it.request(), () => (clock += 11_000));
      if (answer.status === 'gone') break;
      messages.push(answer.message);
      it.handle = answer.handle ?? it.handle;
    }
    expect(messages).toEqual([
      'warm: deprovisioned next',
      'sql: deprovisioned next',
      'branch: deprovisioned next',
      'other: deprovisioned next',
    ]);
    expect([...things]).toEqual([]);
  });

  it('names the failed step, and never fails for good', async () => {
    const it = new Allocation();
    await it.untilReady();
    play = ({ plugin }) => {
      if (plugin === 'cache') throw new PermanentError('cache: refused');
    };
    expect((await failure(it.deprovision())).message).toBe('sequence: step warm: cache: refused');
    play = () => undefined;
    await it.untilGone();
    expect([...things]).toEqual([]);
  });
});

describe('all steps', () => {
  it('are checked, except those with references, and all failures are named', async () => {
    await expect(made().check?.(AbortSignal.timeout(1_000))).resolves.toEqual({ warnings: [] });
    const down = STEPS.map((step) => ({ ...step, config: { ...step.config, down: true } }));
    await expect(made(down).check?.(AbortSignal.timeout(1_000))).rejects.toThrow(
      'sequence: step branch: db: down; sequence: step other: db: down',
    );
  });

  it('are closed, those with references after each call', async () => {
    const one = made();
    expect(open).toBe(2);
    const it = new Allocation();
    let answer = await one.provision(it.request());
    while (answer.status === 'pending')
      answer = await one.provision({ ...it.request(), handle: answer.handle ?? null });
    expect(open).toBe(5);
    expect(closed).toBe(3);
    await one.close?.();
    expect(closed).toBe(5);
  });

  it('are all closed although one fails to close', async () => {
    const stuck = [
      { name: 'a', provisioner: 'db', config: { stuck: true } },
      { name: 'b', provisioner: 'db' },
    ];
    await expect(made(stuck).close?.()).rejects.toThrow('sequence: step a: stuck');
    expect(closed).toBe(2);
  });

  it('that cannot be closed after a call are logged', async () => {
    const config = { stuck: true, url: '${steps.branch.secrets.URL}' };
    const it = new Allocation([STEPS[0] as object, { name: 'sql', provisioner: 'sql', config }]);
    await it.untilReady();
    expect(it.said.join('\n')).toContain(
      'sequence: step sql could not be closed {"error":"Error: stuck","step":"sql"}',
    );
  });

  it('list their things under the keys of the sequence', async () => {
    expect(made()).not.toHaveProperty('list');
    listed = { db: ['a-1', 'a-1-other', 'b-2-other', 'c-3'], sql: ['never'] };
    expect(await made().list?.(AbortSignal.timeout(1_000))).toEqual(['a-1', 'b-2', 'c-3']);
  });

  it('whose create returns no provisioner are refused at boot', () => {
    const odd = sequenceOf(() => ({
      ok: true,
      plugin: { ...pluginOf('odd'), create: () => ({}) as never },
    }));
    const checked = odd.configSchema['~standard'].validate({ steps: [{ name: 'a', provisioner: 'odd' }] });
    expect(() => odd.create((checked as { value: never }).value)).toThrow(
      'step a: odd: create must return an object with provision and deprovision',
    );
  });
});
