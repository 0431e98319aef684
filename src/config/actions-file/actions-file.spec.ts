import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionDefinition } from './action-definition.js';
import { readActionsFile } from './actions-file.js';
import { ConfigError, Problems } from '../problems.js';

let home: string;
beforeAll(async () => void (home = await mkdtemp(join(tmpdir(), 'drawbridge-actions-'))));
afterAll(() => rm(home, { recursive: true, force: true }));

async function read(text: string): Promise<{ actions: Map<string, ActionDefinition>; lines: string[] }> {
  const file = join(home, 'actions.yaml');
  await writeFile(file, text);
  return readAt(file);
}

function readAt(file: string): { actions: Map<string, ActionDefinition>; lines: string[] } {
  const problems = new Problems();
  const actions = readActionsFile(
    file,
    'actions.yaml',
    (name) => (name === 'ADMIN' ? 'pg://x' : undefined),
    problems,
  );
  try {
    problems.throwIfAny();
    return { actions, lines: [] };
  } catch (error) {
    const lines = (error as ConfigError).problems.map(({ path, text }) => `${path}: ${text}`);
    return { actions, lines };
  }
}

const action = (lines: string): string => `actions:\n  branch:\n    provisioner: memory\n    ${lines}\n`;

describe('readActionsFile', () => {
  it('applies the defaults', async () => {
    const { actions, lines } = await read('actions: { branch: { provisioner: memory } }');
    expect(lines).toEqual([]);
    expect([...actions.values()]).toEqual([
      {
        slug: 'branch',
        name: 'branch',
        provisioner: 'memory',
        scope: 'deployment',
        forks: 'deployment',
        environments: null,
        elsewhere: 'succeed',
        deadlineMs: 170_000,
        retainMs: null,
        retainProduction: false,
        retainFailedMs: 86_400_000,
        suggest: [],
        config: {},
        options: [],
      },
    ]);
  });

  it('reads every key, and keeps the order of actions', async () => {
    const { actions, lines } = await read(`
actions:
  z-last: { provisioner: '@acme/plugin' }
  branch:
    name: Branch the database
    provisioner: postgres-branch
    scope: git-branch
    forks: refuse
    environments: [preview, staging]
    elsewhere: fail
    deadline: 90s
    retain: 14d
    retainProduction: true
    retainFailed: 1h
    suggest: [preview, production]
    config: { admin: '\${ADMIN}', deep: { list: ['\${ADMIN}', 1] } }
    options: [template]
`);
    expect(lines).toEqual([]);
    expect([...actions.keys()]).toEqual(['z-last', 'branch']);
    expect(actions.get('branch')).toEqual({
      slug: 'branch',
      name: 'Branch the database',
      provisioner: 'postgres-branch',
      scope: 'git-branch',
      forks: 'refuse',
      environments: ['preview', 'staging'],
      elsewhere: 'fail',
      deadlineMs: 90_000,
      retainMs: 1_209_600_000,
      retainProduction: true,
      retainFailedMs: 3_600_000,
      suggest: ['preview', 'production'],
      config: { admin: 'pg://x', deep: { list: ['pg://x', 1] } },
      options: ['template'],
    });
  });

  it.each([
    ['', 'must be a mapping with the key "actions"', ''],
    ['- a', 'must be a mapping with the key "actions"', ''],
    ['action: {}', 'action: unknown key (did you mean "actions"?)', ''],
    ['actions: {}', 'actions: must map the slug of at least one action', ''],
    ['actions: []', 'actions: must map the slug of at least one action', ''],
    [
      'actions: { branch: memory }',
      'actions.branch: must be a mapping with at least the key "provisioner"',
      '',
    ],
    ['actions: { branch: {} }', 'actions.branch.provisioner: must be the name of a builtin', ''],
    ['actions: { Branch!: { provisioner: memory } }', 'actions.Branch!: a slug has 1 to 63 lower-case', ''],
    [action('scpoe: deployment'), 'actions.branch.scpoe: unknown key (did you mean "scope"?)', ''],
    [
      action('scope: git_branch'),
      '"git_branch" is neither deployment nor git-branch (did you mean "git-branch"?)',
      '',
    ],
    [
      action('forks: refused'),
      'actions.branch.forks: "refused" is none of own, deployment, refuse (did you mean "refuse"?)',
      '',
    ],
    [action('environments: preview'), 'actions.branch.environments: must be a list of names', ''],
    [action('environments: []'), 'actions.branch.environments: must name at least one environment', ''],
    [
      action('environments: [preview, Production]'),
      'actions.branch.environments[1]: must be production, preview or the slug of a custom environment, ' +
        'in lower case',
      '',
    ],
    [
      action('environments: [preview]\n    elsewhere: skip'),
      'actions.branch.elsewhere: "skip" is neither succeed nor fail',
      '',
    ],
    [action('elsewhere: fail'), 'actions.branch.elsewhere: has no effect without the key "environments"', ''],
    [action('deadline: 171s'), 'actions.branch.deadline: "171s": must be more than 0 and at most 170s', ''],
    [action('deadline: 0s'), '"0s": must be more than 0 and at most 170s', ''],
    [action('deadline: 30'), '30: must be a whole number with a unit', ''],
    [action('retain: forever'), 'actions.branch.retain: "forever": must be a whole number with a unit', ''],
    [
      action('retainFailed: never'),
      'must be a whole number with a unit (ms, s, m, h or d), such as 170s, or off',
      '',
    ],
    [action('retain: 4000d'), '"4000d": must be more than 0 and at most 3650d', ''],
    [
      action('retain: 1d\n    retainProduction: "yes"'),
      'actions.branch.retainProduction: "yes" must be true or false',
      '',
    ],
    [
      action('retainProduction: true'),
      'actions.branch.retainProduction: has no effect without the key "retain"',
      '',
    ],
    [action('name: 5'), 'actions.branch.name: must be a text', ''],
    [action('suggest: preview'), 'actions.branch.suggest: must be a list of names', ''],
    [action('options: [a, 5]'), 'actions.branch.options[1]: must be a name', ''],
    [action('config: text'), 'actions.branch.config: must be a mapping', ''],
    [
      action('config: { a: [ "${NOPE}" ] }'),
      'actions.branch.config.a[0]: the environment variable NOPE is not set',
      '',
    ],
    [
      action('config: { __proto__: { a: 1 } }'),
      'actions.branch.config.__proto__: this key is not allowed',
      '',
    ],
    [action('config: { constructor: 1 }'), 'actions.branch.config.constructor: this key is not allowed', ''],
    [action('provisioner: other'), 'Map keys must be unique at line 4, column 5', 'memory'],
    [action('config: !secret hidden'), 'Unresolved tag: !secret at line 4', 'hidden'],
    [action('config: { a: *missing }'), 'Unresolved alias', ''],
    [action('config: { a: "hidden'), 'at line', 'hidden'],
    ['actions: {}\n---\nactions: {}', 'multiple documents', ''],
  ])('is rejected with a message: %j', async (text, message, hidden) => {
    const { lines } = await read(text);
    expect(lines.join('\n')).toContain(message);
    expect(lines.join('\n')).not.toContain(hidden || 'hidden');
  });

  it('rejects aliases that expand too often', async () => {
    const levels = Array.from(
      { length: 8 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(',')}]`,
    );
    const { lines } = await read(`l0: &l0 [x]\n${levels.join('\n')}\n`);
    expect(lines.join('\n')).toContain('Excessive alias count');
  });

  it('names the missing file', () => {
    const { lines } = readAt(join(home, 'missing.yaml'));
    expect(lines).toEqual([expect.stringContaining(`the file ${join(home, 'missing.yaml')} does not exist`)]);
    expect(readAt(home).lines).toEqual([expect.stringContaining('cannot be read (EISDIR)')]);
  });
});
