import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, filesOf, install, link, packed, REPOSITORY, runNode } from '../support/packed.js';

const TSC = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
const DEEP = [
  'drawbridge',
  'drawbridge/dist/main.js',
  'drawbridge/provisioner/loader',
  'drawbridge/package.json',
];
const CONSUMER = `
  import { PermanentError, type Pending, type ProvisionerPlugin, type Ready } from 'drawbridge/provisioner';
  import { describeProvisioner, type ConformanceOptions } from 'drawbridge/provisioner/testing';
  import { startTwin, type Twin } from 'drawbridge/twin';

  export const plugin: ProvisionerPlugin<{ size: number }, { id: string }> = {
    apiVersion: 1,
    name: 'consumer',
    configSchema: { '~standard': { version: 1, vendor: 'none', validate: () => ({ value: { size: 1 } }) } },
    create: ({ size }) => ({
      async provision({ key, handle, derive }): Promise<Ready<{ id: string }> | Pending<{ id: string }>> {
        if (size > 5) throw new PermanentError('consumer: too large');
        const bytes: number = derive('x').byteLength;
        return { status: 'ready', handle: { id: handle?.id ?? key }, secrets: { BYTES: String(bytes) } };
      },
      deprovision: async () => ({ status: 'gone' }),
    }),
  };
  export const wrong: ProvisionerPlugin = {
    ...plugin,
    // @ts-expect-error deprovision answers gone or pending
    create: () => ({ ...plugin.create({ size: 1 }), deprovision: async () => ({ status: 'ready' }) }),
  };
  export const options: Pick<ConformanceOptions, 'plugin'> = { plugin: plugin as ProvisionerPlugin };
  export const kit: (runner: never, options: ConformanceOptions) => void = describeProvisioner;
  const settings = { webhookUrl: null, clientSecret: 's', installations: {} };
  export const twin: () => Promise<Twin> = () => startTwin(settings);
  ${DEEP.map((path) => `// @ts-expect-error there is no such export\nexport * as x${path.replace(/\W/g, '_')} from '${path}';`).join('\n')}
`;

let folder: string;
let files: string[];

beforeAll(async () => {
  const { drawbridge } = await packed();
  folder = await emptyFolder();
  files = await filesOf(drawbridge);
  await install(folder, drawbridge);
  await link(folder, ['typescript', '@types/node']);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const drawbridge = (cwd: string, ...args: string[]) =>
  runNode(cwd, [join(folder, 'node_modules/drawbridge/dist/cli/main.js'), ...args]);

async function compile(resolution: 'nodenext' | 'bundler') {
  const dir = join(folder, resolution);
  await mkdir(dir);
  await writeFile(join(dir, 'consumer.ts'), CONSUMER);
  const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
  const strict = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--types',
    'node',
    '--target',
    'es2024',
  ];
  return runNode(dir, [TSC, ...strict, '--module', module, '--moduleResolution', resolution, 'consumer.ts']);
}

describe('the package', () => {
  it('contains the files to run, to read and to start a plugin with, and nothing else', () => {
    const allowed =
      /^(dist\/.+\.(js|d\.ts)|dist\/web\/.+\.(html|css|svg)|docs\/.+|config\/actions\.yaml|templates\/.+|package\.json|(README|CHANGELOG)\.md|LICENSE)$/;
    expect(files.filter((file) => !allowed.test(file))).toEqual([]);
    expect(files.filter((file) => /\.spec\./.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'dist/main.js',
        'dist/cli/main.js',
        'dist/twin/twin.d.ts',
        'dist/web/index.html',
        expect.stringMatching(/^dist\/web\/assets\/index-.+\.js$/) as string,
        'docs/writing-a-provisioner.md',
        'templates/provisioner/gitignore',
        'README.md',
        'LICENSE',
      ]),
    );
  });

  it.each(['nodenext', 'bundler'] as const)('has types for a consumer that resolves by %s', async (way) => {
    expect(await compile(way)).toEqual({ code: 0, output: '' });
  });

  it.each(DEEP)('does not export %s', async (deep) => {
    const run = await runNode(folder, ['--input-type=module', '-e', `await import('${deep}')`]);
    expect(run.output).toMatch(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  it('exports the contract, the kit and the twin', async () => {
    const script = `for (const path of ['provisioner', 'provisioner/testing', 'twin'])
      console.log(Object.keys(await import('drawbridge/' + path)).join());`;
    const { output } = await runNode(folder, ['--input-type=module', '-e', script]);
    expect(output.split('\n')).toEqual([
      'PermanentError',
      'describeProvisioner,http',
      expect.stringContaining('startTwin'),
      '',
    ]);
  });
});

describe('drawbridge plugin new', () => {
  const begin = async (name: string, ...options: string[]) => {
    const run = await drawbridge(folder, 'plugin', 'new', name, ...options);
    return { ...run, made: join(folder, name.replace(/^@/, '').replace('/', '-')) };
  };

  it.each(['acme-folder', '@acme/bucket'])('writes %s, whose tests pass without a change', async (name) => {
    const { code, made } = await begin(name);
    expect(code).toBe(0);
    await link(made, ['zod', 'typescript', '@types/node']);
    const manifest = JSON.parse(await readFile(join(made, 'package.json'), 'utf8')) as Record<string, any>;
    expect(manifest).toMatchObject({
      name,
      peerDependencies: { drawbridge: '^0.1.0' },
      devDependencies: { drawbridge: 'file:../node_modules/drawbridge' },
    });
    const tests = await runNode(made, ['--test', 'test/**/*.test.js']);
    expect(tests.output).toMatch(/^ℹ fail 0$/m);
    expect(tests.output).toMatch(/✔ removes the thing without its handle/);
    expect(tests.code).toBe(0);
    expect(await runNode(made, [TSC])).toEqual({ code: 0, output: '' });
    for (const file of ['src/index.js', 'test/index.test.js', 'README.md', '.gitignore'])
      expect(await readFile(join(made, file), 'utf8')).not.toMatch(/my.provisioner/i);
  });

  it('writes a package whose tests find a broken promise', async () => {
    const { made } = await begin('acme-forgetful');
    await link(made, ['zod']);
    const file = join(made, 'src/index.js');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('await rm(', 'if (Math.random() < 0) await rm('));
    const tests = await runNode(made, ['--test', 'test/**/*.test.js']);
    expect(tests.code).toBe(1);
    expect(tests.output).toMatch(/deprovision answered gone, but the thing still exists/);
  });

  it('installs drawbridge from the given place', async () => {
    const sources = {
      './drawbridge.tgz': 'file:../drawbridge.tgz',
      'https://x.example/d.tgz': null,
      '^0.1.0': null,
    };
    for (const [index, [given, written]] of Object.entries(sources).entries()) {
      await begin(`acme-source-${index}`, '--drawbridge', given);
      const manifest = await readFile(join(folder, `acme-source-${index}`, 'package.json'), 'utf8');
      expect(manifest).toContain(`"drawbridge": "${written ?? given}"`);
    }
  });

  it('leaves an existing folder unchanged', async () => {
    await mkdir(join(folder, 'acme-taken'));
    expect(await begin('acme-taken')).toMatchObject({
      code: 2,
      output: expect.stringContaining(`plugin new: ${join(folder, 'acme-taken')} already exists`),
    });
    expect(await begin('acme-taken', '--dir', 'below/elsewhere')).toMatchObject({ code: 0 });
  });

  it('reports why a folder cannot be written, without a stack', async () => {
    const below = join('acme-folder', 'package.json', 'below');
    expect(await begin('acme-lost', '--dir', below)).toMatchObject({
      code: 1,
      output: `plugin new: ${join(folder, below)} cannot be written (ENOTDIR)\n`,
    });
  });

  it('refuses an invalid name', async () => {
    expect(await begin('Acme')).toMatchObject({
      code: 2,
      output: expect.stringContaining('plugin new: "Acme" is not a valid name'),
    });
  });
});

describe('drawbridge plugin check', () => {
  const check = (...args: string[]) => drawbridge(join(folder, 'acme-checked'), 'plugin', 'check', ...args);
  const actions = (text: string) => writeFile(join(folder, 'acme-checked/config/actions.yaml'), text);

  beforeAll(async () => {
    await drawbridge(folder, 'plugin', 'new', 'acme-checked');
    await link(join(folder, 'acme-checked'), ['zod']);
    await mkdir(join(folder, 'acme-checked/config'));
  });

  it('prints the plugin of the working directory, and that its check passes', async () => {
    expect(await check('acme-checked', '--config-json', `{"folder":"${folder}"}`)).toEqual({
      code: 0,
      output:
        'acme-checked: api version 1; verbs provision, deprovision, check, list\n' +
        '--config-json: the configuration is valid; check passed\n',
    });
  });

  it('reports each invalid key', async () => {
    expect(await check('acme-checked', '--config-json', '{"folder":"here","foldr":1}')).toEqual({
      code: 1,
      output:
        'acme-checked: api version 1; verbs are known only with a valid configuration\n' +
        '--config-json: config.folder: must be the absolute path of a folder\n' +
        '--config-json: config: Unrecognized key: "foldr"\n',
    });
  });

  it('reports why the check failed', async () => {
    const { code, output } = await check('acme-checked', '--config-json', '{"folder":"/nowhere"}');
    expect(code).toBe(1);
    expect(output).toContain('check failed: acme-checked: folder /nowhere cannot be used (ENOENT)');
  });

  it('uses the configurations of the actions with the plugin', async () => {
    await actions(`actions:
      good: { provisioner: acme-checked, config: { folder: ${folder} } }
      unset: { provisioner: acme-checked, config: { folder: '\${NOT_SET}' } }
      other: { provisioner: postgres-branch, config: { admin: '\${NOT_SET_EITHER}' } }`);
    const { code, output } = await check('acme-checked', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(output)).toEqual({
      provisioner: 'acme-checked',
      name: 'acme-checked',
      apiVersion: 1,
      verbs: ['provision', 'deprovision', 'check', 'list'],
      configurations: [
        { where: 'actions.good', valid: true, issues: [], check: 'passed' },
        {
          where: 'actions.unset',
          valid: false,
          issues: [{ path: 'config.folder', text: 'the environment variable NOT_SET is not set' }],
          check: 'skipped',
        },
      ],
    });
  });

  it('reads a configuration from a file, and resolves environment variables', async () => {
    await writeFile(join(folder, 'config.yaml'), 'folder: ${FOLDER}\n');
    const args = ['plugin', 'check', 'acme-checked', '--config', join(folder, 'config.yaml')];
    const main = join(folder, 'node_modules/drawbridge/dist/cli/main.js');
    const run = await runNode(join(folder, 'acme-checked'), [main, ...args], { FOLDER: folder });
    expect(run).toMatchObject({ code: 0, output: expect.stringContaining('check passed') });
  });

  it('accepts builtins', async () => {
    expect(await check('memory', '--config-json', '{}')).toMatchObject({
      code: 0,
      output: expect.stringContaining('memory: api version 1; verbs provision, deprovision, list\n'),
    });
  });

  it('reports what cannot be loaded', async () => {
    const { code, output } = await check('acme-nowhere', '--config-json', '{}');
    expect(code).toBe(1);
    expect(output).toMatch(/^"acme-nowhere" is neither a builtin .* nor a package installed in /);
  });

  it.each([
    ['no configuration to check', ['memory'], 'no action of config/actions.yaml uses memory'],
    ['two configurations', ['memory', '--config', 'x', '--config-json', '{}'], 'cannot be used with option'],
    ['text that is no JSON', ['memory', '--config-json', '{"token":"hunter2'], '--config-json: is not JSON'],
    ['JSON that is no mapping', ['memory', '--config-json', '[]'], 'must be a mapping'],
    ['a file that is not there', ['memory', '--config', 'nowhere.yaml'], 'nowhere.yaml'],
    ['no name', [], 'missing required argument'],
  ])('refuses a call with %s', async (_, args, words) => {
    const { code, output } = await check(...args);
    expect(code).toBe(2);
    expect(output).toContain(words);
    expect(output).not.toContain('hunter2');
  });
});
