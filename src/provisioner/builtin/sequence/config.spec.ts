import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ProvisionerPlugin } from '../../provisioner.js';
import { rejectUnknownKeys } from '../config-keys.js';
import { type FindPlugin, readSteps } from './config.js';

const shape = {
  url: z.url({ error: 'must be a url' }),
  size: z.number({ error: 'must be a number' }).optional(),
  tags: z.array(z.string().max(30, 'is too long')).optional(),
};
const pluginOf = (name: string, configSchema: ProvisionerPlugin['configSchema']): ProvisionerPlugin => ({
  apiVersion: 1,
  name,
  configSchema,
  create: () => ({
    provision: async () => ({ status: 'ready', handle: null }),
    deprovision: async () => ({ status: 'gone' }),
  }),
});
const PLUGINS: Record<string, ProvisionerPlugin> = {
  db: pluginOf('db', z.looseObject(shape).superRefine(rejectUnknownKeys(Object.keys(shape)))),
  free: pluginOf('free', z.looseObject({})),
  fragile: pluginOf(
    'fragile',
    z.looseObject({ url: z.string() }).refine(({ url }) => new URL(url).host !== '', { path: ['url'] }),
  ),
};
const find: FindPlugin = (name) =>
  PLUGINS[name] ? { ok: true, plugin: PLUGINS[name] } : { ok: false, message: `no plugin ${name}` };

const url = 'https://db.example';
const read = (...steps: unknown[]) => readSteps({ steps }, find);

function problems(...steps: unknown[]): string[] {
  const result = read(...steps);
  return result.ok ? [] : result.issues.map(({ path, text }) => `${path.join('.')}: ${text}`);
}

describe('the steps', () => {
  it('are read with their references, needed secrets and keys', () => {
    const result = read(
      { name: 'one', provisioner: 'db', config: { url } },
      { name: 'two', provisioner: 'db', config: { url: '${steps.one.secrets.URL}' }, expose: ['X'] },
      {
        name: 'three',
        provisioner: 'free',
        config: { a: ['${steps.one.secrets.B}${steps.one.secrets.URL}'] },
      },
    );
    expect(result.ok && result.steps).toMatchObject([
      { name: 'one', validated: { url }, needed: ['B', 'URL'], expose: null, ownKeys: true },
      { name: 'two', validated: undefined, needed: [], expose: ['X'], ownKeys: false },
      { name: 'three', references: [{ at: ['a', '0'] }, { at: ['a', '0'] }], ownKeys: true },
    ]);
  });

  it.each([
    [{}, 'steps: must be a list of steps'],
    [{ steps: [] }, 'steps: must be a list of steps'],
    [{ steps: 'branch' }, 'steps: must be a list of steps'],
    [{ steps: [{ name: 'a', provisioner: 'free' }], step: 1 }, 'step: unknown key (did you mean "steps"?)'],
  ])('are rejected: %j', (config, text) => {
    const result = readSteps(config, find);
    expect(
      result.ok ? '' : result.issues.map((issue) => `${issue.path.join('.')}: ${issue.text}`)[0],
    ).toContain(text);
  });

  it('are rejected with all their problems, each with its path', () => {
    expect(
      problems(
        'branch',
        { name: 'One', provisioner: 'db', config: { url } },
        { name: 'two', provisioner: 'nowhere' },
        { name: 'two', provisioner: 'db', config: { url: 'x', sise: 1 }, expos: [] },
        { name: 'two', provisioner: 'db', config: { url: 'x', sise: 1 } },
        { name: 'three', provisioner: 'db', config: [], expose: ['A-B'] },
        { name: 'fragile', provisioner: 'fragile', config: { url: 'x' } },
        { provisioner: '' },
      ),
    ).toEqual([
      expect.stringMatching(/^steps\.0: .*object/),
      'steps.1.name: must be 1 to 12 lower-case letters and digits, a letter first',
      'steps.2.provisioner: no plugin nowhere',
      'steps.3.expos: unknown key (did you mean "expose"?); known are name, provisioner, config, expose',
      'steps.4.name: "two" is already the name of steps.2',
      'steps.4.config.url: must be a url',
      'steps.4.config.sise: unknown key (did you mean "size"?); known are url, size, tags',
      'steps.5.config: must be a mapping',
      'steps.5.expose.0: must be the name of a secret: letters, digits and _',
      'steps.6.config: fragile validates asynchronously, or its schema throws; neither is supported',
      'steps.7.name: must be 1 to 12 lower-case letters and digits, a letter first',
      'steps.7.provisioner: must be the name of a provisioner',
    ]);
  });
});

describe('a reference', () => {
  const one = { name: 'one', provisioner: 'db', config: { url } };
  const two = (text: string, rest: object = {}) => ({
    name: 'two',
    provisioner: 'db',
    config: { url: text, ...rest },
  });

  it("replaces a value that is unknown at boot, so the schema's issues at its path are ignored", () => {
    expect(problems(one, two('${steps.one.secrets.URL}'))).toEqual([]);
    expect(problems(one, two(url, { tags: ['${steps.one.secrets.A_TAG_WITH_A_LONG_NAME}'] }))).toEqual([]);
    expect(problems(one, { ...two('${steps.one.secrets.URL}'), provisioner: 'fragile' })).toEqual([]);
    expect(problems(one, two('${steps.one.secrets.URL}', { size: 'x' }))).toEqual([
      'steps.1.config.size: must be a number',
    ]);
  });

  it.each([
    ['${steps.two.secrets.A}', 'step "two" refers to itself; only secrets of earlier steps are available'],
    ['${steps.three.secrets.A}', 'step "three" comes later; only secrets of earlier steps are available'],
    ['${steps.won.secrets.A}', 'there is no earlier step "won" (did you mean "one"?); earlier steps are one'],
    ['${steps.one.A}', '"${steps.one.A}" is not a secret of a step; write ${steps.NAME.secrets.SECRET}'],
    ['${steps.one.secrets.A-B}', '"${steps.one.secrets.A-B}" is not a secret of a step'],
    ['${steps.one.secret.A}', '"${steps.one.secret.A}" is not a secret of a step'],
    ['${steps.}', '"${steps.}" is not a secret of a step'],
  ])('is rejected: %s', (text, problem) => {
    expect(problems(one, two(text), { name: 'three', provisioner: 'free' })).toEqual([
      expect.stringContaining(`steps.1.config.url: ${problem}`),
    ]);
  });

  it('of another kind, or escaped, is passed to the plugin', () => {
    const free = {
      name: 'free',
      provisioner: 'free',
      config: { a: '${deployment.gitRef} $${steps.none.secrets.X}' },
    };
    const result = read(one, free);
    expect(result.ok && result.steps[1]).toMatchObject({ references: [], validated: free.config });
  });
});
