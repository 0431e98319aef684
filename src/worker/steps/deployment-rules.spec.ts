import { describe, expect, it } from 'vitest';
import type { ActionDefinition } from '../../config/actions-file/action-definition.js';
import { readDeployment, type VercelDeployment } from '../../vercel/deployment/deployment-reader.js';
import { foundOf } from '../../../test/support/action-run.js';
import { actionDeployment } from './deployment-fields.js';
import { declined, skipText } from './deployment-rules.js';

type Rules = Partial<Pick<ActionDefinition, 'forks' | 'environments' | 'elsewhere'>>;
const definition = (rules: Rules): ActionDefinition => ({
  slug: 'branch',
  name: 'Branch',
  provisioner: 'memory',
  scope: 'git-branch',
  forks: 'deployment',
  environments: null,
  elsewhere: 'succeed',
  deadlineMs: 1000,
  retainMs: null,
  retainProduction: false,
  retainFailedMs: null,
  suggest: [],
  config: {},
  options: [],
  ...rules,
});
const read = (body: object) => readDeployment({ id: 'dpl_1', ...body }, 'dpl_1') as VercelDeployment;
const answer = (rules: Rules, body: object | null) =>
  declined(definition(rules), body === null ? null : read(body))?.kind ?? 'served';

const STAGING = { customEnvironment: { id: 'env_1', slug: 'staging' } };
const FORK = { meta: { githubOrg: 'acme', githubCommitOrg: 'mallory' } };

describe('the deployments that an action serves', () => {
  it.each<[string, Rules, object | null, string]>([
    ['everything, without rules', {}, { target: 'production' }, 'served'],
    ['everything, also what cannot be read', {}, null, 'served'],
    ['a preview', { environments: ['preview'] }, {}, 'served'],
    ['no production', { environments: ['preview'] }, { target: 'production' }, 'skip'],
    [
      'no production, and the action fails',
      { environments: ['preview'], elsewhere: 'fail' },
      { target: 'production' },
      'fail',
    ],
    ['production', { environments: ['production'] }, { target: 'production' }, 'served'],
    ['no preview', { environments: ['production'] }, {}, 'skip'],
    ['a staging alias as a preview', { environments: ['preview'] }, { target: 'staging' }, 'served'],
    ['a staging alias by its name', { environments: ['staging'] }, { target: 'staging' }, 'served'],
    ['no target that is not known yet', { environments: ['preview'] }, { target: 'canary' }, 'skip'],
    ['no custom environment', { environments: ['preview'] }, STAGING, 'skip'],
    ['a custom environment', { environments: ['staging'] }, STAGING, 'served'],
    [
      'a custom environment by its id',
      { environments: ['env_1'] },
      { customEnvironment: { id: 'env_1' } },
      'served',
    ],
    [
      'no production by a custom name',
      { environments: ['staging'] },
      { ...STAGING, target: 'production' },
      'skip',
    ],
    ['no environment that cannot be read', { environments: ['preview'] }, { customEnvironment: {} }, 'fail'],
    ['no deployment that cannot be read', { environments: ['preview'] }, null, 'fail'],
    ['a fork', { forks: 'own' }, FORK, 'served'],
    ['no fork', { forks: 'refuse' }, FORK, 'fail'],
    [
      'no pull request of unknown origin',
      { forks: 'refuse' },
      { gitSource: { type: 'gitlab', projectId: 1, prId: 2 } },
      'fail',
    ],
    ['no commit that cannot be read', { forks: 'refuse' }, null, 'fail'],
    ['what is no fork', { forks: 'refuse' }, { meta: { gitCommitRef: 'a' } }, 'served'],
    ['a fork elsewhere as little as others', { forks: 'refuse', environments: ['production'] }, FORK, 'skip'],
  ])('%s', (_, rules, body, expected) => {
    expect(answer(rules, body)).toBe(expected);
  });
});

describe('the text for a deployment that is not served', () => {
  it.each<[Rules, object | null, RegExp]>([
    [{ forks: 'refuse' }, FORK, /another repository/],
    [{ forks: 'refuse' }, { gitSource: { type: 'gitlab', projectId: 1, prId: 2 } }, /pull request/],
    [{ forks: 'refuse' }, null, /whose commit/],
    [{ environments: ['staging', 'qa'], elsewhere: 'fail' }, {}, /serves only staging, qa.*preview/],
    [{ environments: ['staging'] }, null, /which environment/],
    [{ environments: ['staging'] }, {}, new RegExp(skipText('preview'))],
  ])('%o: %o', (rules, body, text) => {
    const result = declined(definition(rules), body === null ? null : read(body));
    expect(result).toMatchObject({ text: expect.stringMatching(text) });
  });

  it('names the environment if it is known', () => {
    expect(skipText(null)).not.toContain('null');
  });
});

it("an action has the fields of Vercel's answer about its deployment, or null", () => {
  const said = foundOf({ target: 'production', pullRequest: 7 });
  expect(actionDeployment(said)).toEqual({
    deploymentUrl: said.url,
    projectId: said.projectId,
    projectName: said.projectName,
    target: 'production',
    environment: 'preview',
    gitRef: 'main',
    gitSha: 'c0ffee',
    pullRequest: 7,
  });
  expect(new Set(Object.values(actionDeployment(null)))).toEqual(new Set([null]));
});
