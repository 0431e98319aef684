import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadedAction, loadProvisioners, ProvisionerLoadError } from './loader.js';

let cwd: string;

/** Records its instances in `globalThis.__<name>`, and returns its configuration as secrets. */
const plugin = (name: string): string => `
  const log = (globalThis['__${name}'] = { created: 0, closed: [] });
  const issues = (config) => [
    ...(typeof config.region === 'string' ? [] : [{ message: 'must be a text', path: ['region'] }]),
    ...('size' in config && typeof config.size !== 'number'
      ? [{ message: 'must be a number', path: ['size', 0] }]
      : []),
  ];
  export default {
    apiVersion: 1,
    name: '${name}',
    configSchema: { '~standard': { version: 1, vendor: 'test', validate: (config) =>
      issues(config).length > 0 ? { issues: issues(config) } : { value: { size: 1, ...config } } } },
    optionIssues: (configured, { size }) => {
      if (size === 9999) throw new Error('it broke');
      return size > configured.size * 1000 ? [{ path: ['size'], message: 'is too much' }] : [];
    },
    create(config) {
      if (config.region === 'moon') throw new Error('no servers on the moon');
      log.created += 1;
      return {
        provision: async () => ({
          status: 'ready',
          handle: null,
          secrets: { REGION: config.region, SIZE: String(config.size) },
        }),
        deprovision: async () => ({ status: 'gone' }),
        check: async () => {
          if (config.region === 'down') throw new Error('${name}: unreachable');
          return config.region === 'old' ? { warnings: ['the region\\nis old'] } : undefined;
        },
        close: async () => {
          log.closed.push(config.size);
          if (config.size === 13) throw new Error('stuck');
        },
      };
    },
  };`;

async function install(name: string, manifest: object, files: Record<string, string>): Promise<void> {
  const folder = join(cwd, 'node_modules', name);
  const all = { 'package.json': JSON.stringify({ name, version: '1.0.0', ...manifest }), ...files };
  for (const [file, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'drawbridge-loader-'));
  await install(
    'acme-db',
    { type: 'module', exports: { import: './main.js' } },
    { 'main.js': plugin('acme-db') },
  );
  await install(
    '@acme/cache',
    { type: 'module', main: 'lib/cache.js' },
    { 'lib/cache.js': plugin('acme-cache') },
  );
  await install(
    'old-api',
    { type: 'module', exports: './main.js' },
    { 'main.js': 'export default { apiVersion: 2, name: "Old" }' },
  );
  await install(
    'slow-to-load',
    { type: 'module', exports: './main.js' },
    { 'main.js': 'export default await Promise.resolve({})' },
  );
  await install(
    'common-db',
    { main: 'main.cjs' },
    { 'main.cjs': plugin('common-db').replace('export default', 'module.exports =') },
  );
  await install('not-a-plugin', { main: 'main.cjs' }, { 'main.cjs': 'exports.hello = 1' });
  for (const [name, how] of [
    ['strict-db', 'object'],
    ['open-db', 'looseObject'],
  ] as const) {
    const zod = JSON.stringify(import.meta.resolve('zod'));
    const schema = `z.${how}({ region: z.string(), size: z.number().optional() })`;
    await install(
      name,
      { type: 'module', exports: './main.js' },
      {
        'main.js': `import { z } from ${zod}; ${plugin(name)}`.replace(
          /configSchema: [^]*?value: [^]*? } \},/,
          `configSchema: ${schema},`,
        ),
      },
    );
  }
  await install('torn', {}, { 'package.json': '{"name":"torn"' });
  await install('broken', { type: 'module', exports: './main.js' }, { 'main.js': 'throw new Error("boom")' });
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const action = (slug: string, provisioner: string, rest: Partial<LoadedAction> = {}): LoadedAction => ({
  slug,
  provisioner,
  config: {},
  options: [],
  ...rest,
});
const load = (...actions: LoadedAction[]) => loadProvisioners(actions, { production: false, cwd });
const counted = (name: string) =>
  (globalThis as unknown as Record<string, { created: number; closed: number[] }>)[`__${name}`];

async function problemsOf(actions: LoadedAction[], production = false): Promise<readonly string[]> {
  const failure = await loadProvisioners(actions, { production, cwd }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ProvisionerLoadError);
  return (failure as ProvisionerLoadError).problems;
}

const request = {
  key: 'k',
  handle: null,
  resource: { id: 'res_1', settings: {} },
  installationId: 'icfg_1',
  deployment: {
    id: 'dpl_1',
    url: null,
    target: null,
    projectId: null,
    projectName: null,
    gitRef: null,
    gitSha: null,
    pullRequest: null,
  },
  derive: () => new Uint8Array(32),
  signal: new AbortController().signal,
  log: () => undefined,
};

describe('loadProvisioners', () => {
  it('finds builtins by name and packages from the working directory', async () => {
    const loaded = await load(
      action('secrets', 'memory'),
      action('branch', 'postgres-branch', {
        config: { admin: 'postgresql://a:b@db/postgres', template: 'app' },
      }),
      action('db', 'acme-db', { config: { region: 'fra' } }),
      action('cache', '@acme/cache', { config: { region: 'iad' } }),
    );
    for (const slug of ['secrets', 'branch', 'db', 'cache'])
      expect(loaded.for(slug, {})).toMatchObject({ ok: true });
    await loaded.close();
  });

  it('reports all problems of all actions at once', async () => {
    expect(
      await problemsOf([
        action('one', 'postgres-brunch'),
        action('two', 'postgres-branch', {
          config: { admin: 'mysql://root:hunter2@db', templat: 'app', public: 'nowhere' },
        }),
        action('three', 'acme-db', { config: { region: 1, size: 'x' } }),
        action('four', 'acme-db', { config: { region: 'moon' } }),
        action('five', 'old-api'),
        action('six', 'not-a-plugin'),
        action('seven', 'broken'),
        action('eight', 'torn'),
        action('fine', 'memory'),
      ]),
    ).toEqual([
      expect.stringMatching(
        /^actions\.one\.provisioner: "postgres-brunch" is neither a builtin \(.*postgres-branch.*\) nor a package installed in .+ \(did you mean "postgres-branch"\?\)$/,
      ),
      'actions.two.config.admin: must be a Postgres URL such as ' +
        'postgresql://user:password@host:port/postgres',
      'actions.two.config.public: must be host:port, such as db.example.com:5432',
      'actions.two.config.templat: unknown key (did you mean "template"?); known are admin, ' +
        'template, templates, public, strategy',
      'actions.three.config.region: must be a text',
      'actions.three.config.size.0: must be a number',
      'actions.four.config: acme-db rejects it: no servers on the moon',
      'actions.five.provisioner: the default export of "old-api" is not a provisioner plugin: ' +
        'apiVersion is 2 and must be 1; name must be lower-case letters, digits and dashes; ' +
        'configSchema must be a Standard Schema (zod, valibot, …); create must be a function',
      'actions.six.provisioner: the default export of "not-a-plugin" is not a provisioner ' +
        'plugin: apiVersion is undefined and must be 1; name must be lower-case letters, digits ' +
        'and dashes; configSchema must be a Standard Schema (zod, valibot, …); create must be a ' +
        'function',
      'actions.seven.provisioner: package "broken" cannot be loaded: boom',
      expect.stringMatching(
        /^actions\.eight\.provisioner: package "torn" cannot be loaded: .+torn.package\.json cannot be read/,
      ),
    ]);
  });

  it('finds the plugins of a sequence in the same places', async () => {
    const loaded = await load(
      action('db', 'acme-db', { config: { region: 'fra' } }),
      action('all', 'sequence', {
        config: {
          steps: [
            { name: 'db', provisioner: 'acme-db', config: { region: 'fra' } },
            { name: 'cache', provisioner: '@acme/cache', config: { region: '${steps.db.secrets.REGION}' } },
            { name: 'old', provisioner: 'common-db', config: { region: 'iad' } },
            { name: 'token', provisioner: 'memory' },
          ],
        },
      }),
    );
    expect(loaded.for('all', {})).toMatchObject({ ok: true });
    await loaded.close();
  });

  it('reports all problems of a sequence with their paths', async () => {
    const steps = [
      { name: 'one', provisioner: 'postgres-brunch' },
      { name: 'two', provisioner: 'acme-db', config: { region: 1 } },
      { name: 'three', provisioner: 'acme-db', config: { region: '${steps.tow.secrets.X}', size: 'x' } },
      { name: 'four', provisioner: 'sequence', config: { steps: [] } },
      { name: 'five', provisioner: 'slow-to-load' },
      { name: 'six', provisioner: 'broken' },
      { name: 'seven', provisioner: 'torn' },
    ];
    expect(await problemsOf([action('all', 'sequence', { config: { steps } })])).toEqual([
      expect.stringMatching(
        /^actions\.all\.config\.steps\.0\.provisioner: "postgres-brunch" is neither.*mean "postgres-branch"/,
      ),
      'actions.all.config.steps.1.config.region: must be a text',
      'actions.all.config.steps.2.config.region: there is no earlier step "tow" (did you mean ' +
        '"two"?); earlier steps are one, two',
      'actions.all.config.steps.2.config.size.0: must be a number',
      'actions.all.config.steps.3.provisioner: a sequence cannot be a step of a sequence; write ' +
        'its steps here',
      'actions.all.config.steps.4.provisioner: package "slow-to-load" has a top-level await, so ' +
        'it cannot be a step of a sequence; await in check or in the verbs instead',
      'actions.all.config.steps.5.provisioner: package "broken" cannot be loaded: boom',
      expect.stringMatching(
        /^actions\.all\.config\.steps\.6\.provisioner: package "torn" cannot be loaded: .+ cannot be read: /,
      ),
    ]);
  });

  it('names the step whose plugin rejects its configuration', async () => {
    const steps = [{ name: 'db', provisioner: 'acme-db', config: { region: 'moon' } }];
    expect(await problemsOf([action('all', 'sequence', { config: { steps } })])).toEqual([
      'actions.all.config: sequence rejects it: step db: acme-db rejects its configuration: no ' +
        'servers on the moon',
    ]);
  });

  it('rejects memory in production as a step', async () => {
    const steps = [{ name: 'token', provisioner: 'memory' }];
    expect(await problemsOf([action('all', 'sequence', { config: { steps } })], true)).toEqual([
      expect.stringMatching(
        /^actions\.all\.config\.steps\.0\.provisioner: memory .* cannot be used in production/,
      ),
    ]);
  });

  it('reports unknown options when the schema names its keys', async () => {
    const config = { admin: 'postgresql://a:b@db/postgres' };
    expect(
      await problemsOf([
        action('one', 'postgres-branch', { config, options: ['template', 'templat', 'public'] }),
        action('two', 'memory', { options: ['colour'] }),
        action('three', 'acme-db', { config: { region: 'fra' }, options: ['whatever'] }),
        action('four', 'strict-db', { config: { region: 'fra' }, options: ['regoin', 'size'] }),
        action('five', 'open-db', { config: { region: 'fra' }, options: ['anything'] }),
      ]),
    ).toEqual([
      `actions.one.options: "templat" is not a key of postgres-branch's config (did you mean "template"?)`,
      `actions.two.options: "colour" is not a key of memory's config`,
      `actions.four.options: "regoin" is not a key of strict-db's config (did you mean "region"?)`,
    ]);
  });

  it('rejects memory in production', async () => {
    expect(await problemsOf([action('secrets', 'memory')], true)).toEqual([
      expect.stringMatching(/^actions\.secrets\.provisioner: memory .* cannot be used in production/),
    ]);
  });
});

describe('the provisioner for a resource', () => {
  const declared = action('db', 'acme-db', { config: { region: 'fra' }, options: ['size'] });
  const chosen = (settings: unknown) => ({ actions: { db: settings } });

  it('is created once per distinct configuration', async () => {
    const loaded = await load(declared, { ...declared, slug: 'twin' });
    const before = counted('acme-db')?.created ?? 0;
    const [base, big, bigAgain, twin] = [
      loaded.for('db', { other: true }),
      loaded.for('db', chosen({ size: 5 })),
      loaded.for('db', chosen({ size: 5 })),
      loaded.for('twin', { actions: { twin: { size: 5 } } }),
    ];
    expect(big).toEqual(bigAgain);
    expect(twin).toEqual(big);
    expect([base, big].map((one) => one.ok && one.options)).toEqual([{}, { size: 5 }]);
    expect(loaded.madeWith('db', {})).toEqual(base);
    expect(loaded.madeWith('db', { size: 5 })).toEqual(big);
    expect(counted('acme-db')?.created).toBe(before + 1);
    const secrets = async (one: typeof base) => one.ok && (await one.provisioner.provision(request));
    expect(await secrets(base)).toMatchObject({ secrets: { REGION: 'fra', SIZE: '1' } });
    expect(await secrets(big)).toMatchObject({ secrets: { REGION: 'fra', SIZE: '5' } });
    await loaded.close();
  });

  it.each([
    ['an action that is not declared', 'nope', {}, 'action "nope" is not in actions.yaml; it has: db'],
    [
      'a key that is not an option',
      'db',
      chosen({ region: 'x' }),
      `the resource's settings.actions.db.region cannot be set; options are: size`,
    ],
    [
      'a bad value',
      'db',
      chosen({ size: 'x' }),
      `the resource's settings are not valid: settings.actions.db.size.0: must be a number`,
    ],
    [
      'settings of the wrong shape',
      'db',
      chosen(['size']),
      `the resource's settings.actions.db must be an object of option names and values`,
    ],
  ])('is an error message for %s', async (_, slug, settings, message) => {
    const loaded = await load(declared);
    expect(loaded.for(slug, settings)).toEqual({ ok: false, message });
    await loaded.close();
  });

  it('is found with the settings of an existing allocation, whatever options are allowed now', async () => {
    const loaded = await load({ ...declared, options: [] });
    const made = loaded.madeWith('db', { size: 7 });
    expect(made.ok && (await made.provisioner.provision(request))).toMatchObject({ secrets: { SIZE: '7' } });
    expect(loaded.madeWith('db', { size: 'x' })).toMatchObject({ ok: false });
    expect(loaded.madeWith('nope', {})).toEqual({
      ok: false,
      message: 'action "nope" is not in actions.yaml; it has: db',
    });
    await loaded.close();
  });

  it('is an error for a value that the plugin rejects, except for an existing allocation', async () => {
    const all = await load(action('a', 'acme-db', { config: { region: 'fra', size: 2 }, options: ['size'] }));
    const settings = (size: number) => ({ actions: { a: { size } } });
    expect(all.for('a', settings(2000))).toMatchObject({ ok: true });
    expect(all.for('a', settings(2001))).toEqual({
      ok: false,
      message: "the resource's settings are not valid: settings.actions.a.size: is too much",
    });
    expect(all.for('a', settings(9999))).toMatchObject({
      ok: false,
      message: expect.stringMatching(/it broke/),
    });
    expect(all.madeWith('a', { size: 2001 })).toMatchObject({ ok: true });
    await all.close();
  });

  it('lists its allocations when the plugin can', async () => {
    const loaded = await load(declared, action('secrets', 'memory'));
    const listOf = (slug: string) => {
      const made = loaded.for(slug, {});
      return made.ok ? made.provisioner.list : undefined;
    };
    expect(listOf('db')).toBeUndefined();
    const made = loaded.for('secrets', {});
    if (made.ok) await made.provisioner.provision({ ...request, key: 'listed' });
    expect(await listOf('secrets')?.(request.signal)).toContain('listed');
    await loaded.close();
  });

  it('is closed after many others were used, and still works for a holder', async () => {
    const loaded = await load(declared);
    const first = loaded.for('db', chosen({ size: 1000 }));
    for (let size = 1001; size <= 1100; size++) loaded.for('db', chosen({ size }));
    await expect.poll(() => counted('acme-db')?.closed).toContain(1000);
    expect(counted('acme-db')?.closed).not.toContain(1001);
    expect(first.ok && (await first.provisioner.deprovision(request))).toEqual({ status: 'gone' });
    await expect.poll(() => counted('acme-db')?.closed.filter((size) => size === 1000)).toHaveLength(2);
    await loaded.close();
  });
});

describe('a plugin that misbehaves', () => {
  const ODD = `
    const behaviours = {
      'throws in create': () => { throw null; },
      'throws in its schema': () => { throw new Error('no schema'); },
      'has an asynchronous schema': () => Promise.reject(new Error('later')),
      'has a schema without a result': () => undefined,
    };
    export default {
      apiVersion: 1,
      name: 'odd-db',
      configSchema: { '~standard': { version: 1, vendor: 'test', validate: (config) =>
        config.way && config.way !== 'throws in create' ? behaviours[config.way]() : { value: config } } },
      create: ({ way, hangs }) => way ? behaviours[way]() : {
        provision: () => new Promise(() => undefined),
        deprovision: async () => ({ status: 'gone' }),
        check: () => new Promise(() => undefined),
        close: async () => { globalThis.__oddClosed = true; },
      },
    };`;
  beforeAll(() => install('odd-db', { type: 'module', exports: './main.js' }, { 'main.js': ODD }));

  it.each([
    ['throws in create', "odd-db rejects the resource's settings: threw null, which is not an error"],
    [
      'throws in its schema',
      "the resource's settings are not valid: settings.actions.odd: odd-db failed to validate it: no schema",
    ],
    [
      'has an asynchronous schema',
      "the resource's settings are not valid: settings.actions.odd: odd-db validates " +
        'asynchronously, or its schema throws; neither is supported',
    ],
    ['has a schema without a result', /odd-db failed to validate it: /],
  ])('that %s is named in the error message', async (way, expected) => {
    const loaded = await load(action('odd', 'odd-db', { options: ['way'] }));
    const found = loaded.for('odd', { actions: { odd: { way } } });
    expect(found).toMatchObject({ ok: false });
    expect(found.ok ? '' : found.message).toMatch(
      expected instanceof RegExp ? expected : new RegExp(`^${expected}$`),
    );
    await loaded.close();
  });

  it('whose check never ends is named in the error', async () => {
    const loaded = await load(action('odd', 'odd-db'));
    await expect(loaded.check(AbortSignal.timeout(10))).rejects.toThrow(
      'actions.odd: odd-db: check did not end in time',
    );
    await loaded.close();
  });

  it("whose call never ends is closed after the call's signal was aborted", async () => {
    const loaded = await load(action('odd', 'odd-db'));
    const found = loaded.for('odd', {});
    if (!found.ok) throw new Error(found.message);
    const controller = new AbortController();
    void found.provisioner.provision({ ...request, signal: controller.signal });
    const closing = loaded.close();
    controller.abort();
    await closing;
    expect(globalThis).toHaveProperty('__oddClosed', true);
  });
});

describe('all provisioners', () => {
  it('are checked, and each failure names its action', async () => {
    const loaded = await load(
      action('fine', 'acme-db', { config: { region: 'fra' } }),
      action('db', 'acme-db', { config: { region: 'down' } }),
      action('cache', '@acme/cache', { config: { region: 'down' } }),
    );
    const check = loaded.check(new AbortController().signal);
    await expect(check).rejects.toThrow(
      'actions.db: acme-db: unreachable\nactions.cache: acme-cache: unreachable',
    );
    await loaded.close();
  });

  it('report their warnings with the action of each', async () => {
    const old = { region: 'old' };
    const steps = [{ name: 'one', provisioner: 'acme-db', config: old }];
    const all = await load(
      action('a', 'acme-db', { config: old }),
      action('b', 'sequence', { config: { steps } }),
      action('c', 'acme-db', { config: { region: 'fra' } }),
    );
    const warnings: string[] = [];
    await all.check(AbortSignal.timeout(5_000), (warning) => warnings.push(warning));
    expect(warnings.toSorted()).toEqual([
      'actions.a: the region is old',
      'actions.b: step one: the region is old',
    ]);
    await all.close();
  });

  it('are all closed when one of them fails to close', async () => {
    const loaded = await load(
      action('stuck', '@acme/cache', { config: { region: 'fra', size: 13 } }),
      action('fine', '@acme/cache', { config: { region: 'fra', size: 14 } }),
    );
    await expect(loaded.close()).rejects.toThrow('provisioners: 1 could not be closed');
    expect(counted('acme-cache')?.closed).toEqual(expect.arrayContaining([13, 14]));
  });
});
