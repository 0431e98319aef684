import { describe, expect, it } from 'vitest';
import type { Forks } from '../../config/actions-file/action-definition.js';
import { readDeployment, type VercelDeployment } from '../../vercel/deployment/deployment-reader.js';
import { identityOf } from './identity.js';

const VIEW = { installationId: 'icfg_1', resourceId: 'res_1', action: 'branch', deploymentId: 'dpl_1' };
const PROJECT = { id: 'dpl_1', projectId: 'prj_1', name: 'shop', url: 'shop-1.vercel.app' };
const OWNERS = '["git-branch","icfg_1","res_1","branch","prj_1","preview","patch-1"]';
const PER_DEPLOYMENT = '["deployment","icfg_1","res_1","branch","dpl_1"]';

const read = (body: object): VercelDeployment =>
  readDeployment({ ...PROJECT, ...body }, 'dpl_1') as VercelDeployment;
const identity = (body: object, forks: Forks = 'deployment', deploymentId = 'dpl_1') =>
  identityOf({ ...VIEW, deploymentId }, { scope: 'git-branch', forks }, read(body)).identity;

const github = (over: object = {}) => ({
  githubDeployment: '1',
  githubOrg: 'acme',
  githubRepo: 'web',
  githubRepoId: '100',
  githubCommitOrg: 'acme',
  githubCommitRepo: 'web',
  githubCommitRepoId: '100',
  githubCommitRef: 'patch-1',
  githubCommitSha: 'a1',
  ...over,
});
const gitlab = (over: object = {}) => ({
  gitlabDeployment: '1',
  gitlabProjectId: '300',
  gitlabProjectNamespace: 'acme',
  gitlabProjectName: 'web',
  gitlabProjectRepo: 'web',
  gitlabProjectPath: 'acme/web',
  gitlabCommitRef: 'patch-1',
  ...over,
});
const bitbucket = (over: object = {}) => ({
  bitbucketDeployment: '1',
  bitbucketRepoUuid: '{aa-1}',
  bitbucketRepoOwner: 'acme',
  bitbucketRepoSlug: 'web',
  bitbucketRepoName: 'Web',
  bitbucketCommitRef: 'patch-1',
  ...over,
});
const source = (type: string, over: object) => ({ type, ref: 'patch-1', sha: 'a1', ...over });
const MALLORY = { githubCommitOrg: 'mallory', githubCommitRepoId: '666', githubPrId: '12' };

/** What Vercel answers, and whose the commit is by it. */
const FORMS: [string, object, 'own' | 'fork' | 'unknown'][] = [
  // A branch of the project's own repository.
  ['GitHub by id', { gitSource: source('github', { repoId: 100 }), meta: github() }, 'own'],
  [
    'GitHub by id as a text',
    { gitSource: source('github', { repoId: '100', prId: null }), meta: github() },
    'own',
  ],
  ['GitHub by names', { gitSource: source('github', { org: 'acme', repo: 'web' }), meta: github() }, 'own'],
  [
    'GitHub by names of another case',
    { gitSource: source('github', { org: 'Acme', repo: 'WEB' }), meta: github() },
    'own',
  ],
  ['GitHub, source alone', { gitSource: source('github', { repoId: 100 }) }, 'own'],
  ['GitHub, meta alone', { meta: github() }, 'own'],
  [
    'GitHub, an own pull request',
    { gitSource: source('github', { repoId: 100, prId: 12 }), meta: github({ githubPrId: '12' }) },
    'own',
  ],
  [
    'GitHub, an own pull request without ids',
    {
      gitSource: source('github', { org: 'acme', repo: 'web', prId: 12 }),
      meta: github({ githubRepoId: '', githubCommitRepoId: '' }),
    },
    'own',
  ],
  ['GitHub, renamed since', { meta: github({ githubCommitRepo: 'website' }) }, 'own'],
  [
    'GitHub Enterprise',
    {
      gitSource: source('github-custom-host', { host: 'git.acme.test', repoId: 5 }),
      meta: github({ githubHost: 'git.acme.test', githubRepoId: '5', githubCommitRepoId: '5' }),
    },
    'own',
  ],
  [
    'GitHub limited',
    { gitSource: source('github-limited', { repoId: 100, org: 'acme', repo: 'web' }), meta: github() },
    'own',
  ],
  ['GitLab', { gitSource: source('gitlab', { projectId: 300 }), meta: gitlab() }, 'own'],
  ['GitLab, meta alone', { meta: gitlab() }, 'own'],
  [
    'Bitbucket by uuid',
    { gitSource: source('bitbucket', { repoUuid: 'AA-1', workspaceUuid: '{w}' }), meta: bitbucket() },
    'own',
  ],
  [
    'Bitbucket by owner and slug',
    { gitSource: source('bitbucket', { owner: 'acme', slug: 'web' }), meta: bitbucket() },
    'own',
  ],
  ['Vercel, its own git', { gitSource: source('vercel', { org: 'acme', repo: 'web' }) }, 'own'],
  ['a type that is not known yet', { gitSource: source('forgejo', { repoId: 9 }) }, 'own'],
  ['a custom source', { gitSource: source('custom', { gitUrl: 'https://git.acme.test/web.git' }) }, 'own'],
  ['the command line', { meta: { gitCommitRef: 'patch-1', gitDirty: '1' } }, 'own'],
  [
    'with the connected repository',
    {
      gitSource: source('github', { repoId: 100 }),
      meta: github(),
      gitRepo: { type: 'github', repoId: 100, org: 'acme', repo: 'web' },
    },
    'own',
  ],
  // A commit of another repository.
  [
    'GitHub fork, source names the fork',
    { gitSource: source('github', { repoId: 666, prId: 12 }), meta: github(MALLORY) },
    'fork',
  ],
  [
    'GitHub fork, source names the base',
    { gitSource: source('github', { repoId: 100, prId: 12 }), meta: github(MALLORY) },
    'fork',
  ],
  ['GitHub fork, meta alone', { meta: github(MALLORY) }, 'fork'],
  [
    'GitHub fork, owners alone',
    { meta: { githubOrg: 'acme', githubCommitOrg: 'mallory', githubCommitRef: 'patch-1' } },
    'fork',
  ],
  [
    'GitHub fork that no pull request names',
    {
      gitSource: source('github', { repoId: 100 }),
      meta: github({ githubCommitOrg: 'mallory', githubCommitRepoId: '666' }),
    },
    'fork',
  ],
  [
    'GitHub fork, source alone differs',
    { gitSource: source('github', { repoId: 666 }), meta: github() },
    'fork',
  ],
  [
    'GitHub fork by a look-alike owner',
    { meta: github({ githubRepoId: '', githubCommitRepoId: '', githubCommitOrg: 'аcme' }) },
    'fork',
  ],
  [
    'GitHub fork by the Kelvin sign',
    {
      meta: {
        githubOrg: 'kim',
        githubRepo: 'web',
        githubCommitOrg: '\u212Aim',
        githubCommitRepo: 'web',
        githubCommitRef: 'patch-1',
      },
    },
    'fork',
  ],
  ['GitHub, an owner whose name was taken over', { meta: github({ githubCommitRepoId: '666' }) }, 'fork'],
  [
    'GitHub Enterprise, the same id on another host',
    {
      gitSource: source('github-custom-host', { host: 'git.mallory.test', repoId: 100 }),
      meta: github({ githubHost: 'git.acme.test' }),
    },
    'fork',
  ],
  [
    'GitHub fork, source against commit',
    {
      gitSource: source('github', { org: 'acme', repo: 'web', prId: 3 }),
      meta: { githubCommitOrg: 'mallory', githubCommitRepo: 'web', githubCommitRef: 'patch-1' },
    },
    'fork',
  ],
  ['GitLab fork', { gitSource: source('gitlab', { projectId: 999, prId: 4 }), meta: gitlab() }, 'fork'],
  [
    "GitLab fork by the commit's project",
    {
      gitSource: source('gitlab', { projectId: 300, prId: 4 }),
      meta: gitlab({ gitlabCommitProjectId: '999' }),
    },
    'fork',
  ],
  [
    'GitLab fork against the connected repository',
    {
      gitSource: source('gitlab', { projectId: 999, prId: 4 }),
      gitRepo: { type: 'gitlab', projectId: 300, namespace: 'acme' },
    },
    'fork',
  ],
  [
    'Bitbucket fork by uuid',
    { gitSource: source('bitbucket', { repoUuid: '{bb-2}', prId: 5 }), meta: bitbucket() },
    'fork',
  ],
  [
    'Bitbucket fork by owner',
    {
      gitSource: source('bitbucket', { owner: 'mallory', slug: 'web', prId: 5 }),
      meta: bitbucket({ bitbucketRepoUuid: '' }),
    },
    'fork',
  ],
  // Unknown origin.
  [
    'GitHub pull request, source alone',
    { gitSource: source('github', { repoId: 100, prId: 12 }) },
    'unknown',
  ],
  [
    'GitHub pull request without its base',
    {
      gitSource: source('github', { repoId: 666, prId: 12 }),
      meta: { githubCommitOrg: 'mallory', githubCommitRepo: 'web' },
    },
    'unknown',
  ],
  [
    'GitHub pull request, id against names',
    {
      gitSource: source('github', { repoId: 100, prId: 1 }),
      meta: { githubRepoId: '100', githubCommitOrg: 'acme', githubCommitRepo: 'web' },
    },
    'unknown',
  ],
  [
    'GitLab merge request',
    { gitSource: source('gitlab', { projectId: 300, prId: 4 }), meta: gitlab() },
    'unknown',
  ],
  [
    'Bitbucket pull request',
    { gitSource: source('bitbucket', { repoUuid: '{aa-1}', prId: 5 }), meta: bitbucket() },
    'unknown',
  ],
  [
    'a pull request by a number that is a text',
    { gitSource: source('gitlab', { projectId: 300, prId: '4' }), meta: gitlab() },
    'unknown',
  ],
  [
    'a pull request by meta alone',
    { meta: { gitlabCommitRef: 'patch-1', gitlabMergeRequestIid: '4' } },
    'unknown',
  ],
  ['an owner that cannot be read', { meta: github({ githubCommitOrg: ['mallory'] }) }, 'unknown'],
  ['an owner that no database takes', { meta: github({ githubCommitOrg: 'mal\0lory' }) }, 'unknown'],
  ['two providers', { gitSource: source('github', { repoId: 300 }), meta: gitlab() }, 'unknown'],
  [
    'two bases',
    { gitSource: source('github', { repoId: 100 }), meta: github(), gitRepo: { type: 'github', repoId: 5 } },
    'unknown',
  ],
];

describe("the identity from Vercel's git fields", () => {
  it.each(FORMS)('%s', (_, body, origin) => {
    expect(read(body).origin).toBe(origin);
    expect(identity(body)).toBe(origin === 'own' ? OWNERS : PER_DEPLOYMENT);
    if (origin !== 'own') expect(identity(body, 'own')).not.toBe(OWNERS);
  });

  it('has a table of all forms', () => {
    expect(FORMS.length).toBeGreaterThanOrEqual(30);
  });

  it('gives two forks and the owner with one ref three identities, the same every time', () => {
    const of = (over: object) => identity({ meta: github(over) }, 'own');
    const mallory = of(MALLORY);
    const trent = of({ githubCommitOrg: 'trent', githubCommitRepoId: '777', githubPrId: '13' });
    expect(new Set([of({}), mallory, trent])).toHaveProperty('size', 3);
    expect(mallory).toBe(
      '["git-branch","icfg_1","res_1","branch","prj_1","preview","patch-1","fork","github","","id","666"]',
    );
    expect(of({ ...MALLORY, githubPrId: '14' })).toBe(mallory);
  });

  it.each(['HEAD', 'refs/heads/patch-1', 'PATCH-1', 'patch-1 ', 'pаtch-1', 'patch-1","fork', 'pull/1/head'])(
    'keeps a fork that calls its branch %j away from every branch of the owner',
    (ref) => {
      const body = {
        gitSource: source('github', { repoId: 666, prId: 12, ref }),
        meta: github({ ...MALLORY, githubCommitRef: ref }),
      };
      const owners = ['patch-1', ref].map((gitRef) =>
        identity({ meta: github({ githubCommitRef: gitRef }) }, 'deployment', 'dpl_2'),
      );
      for (const forks of ['own', 'deployment', 'refuse'] as const)
        expect(owners).not.toContain(identity(body, forks));
    },
  );

  it.each(['refs/pull/12/head', 'pull/12/merge', 'refs/merge-requests/4/head', 'pull-requests/5/from'])(
    'counts the ref %s as a pull request',
    (ref) => {
      expect(read({ gitSource: { type: 'gitlab', projectId: 300, ref }, meta: {} }).origin).toBe('unknown');
    },
  );
});

describe("the identity from Vercel's environment fields", () => {
  const at = (body: object) => JSON.parse(identity({ meta: github(), ...body })) as string[];

  it.each([
    ['production', { target: 'production' }, 'production'],
    ['a preview', { target: null }, 'preview'],
    ['a preview that says nothing', {}, 'preview'],
    ['a staging alias', { target: 'staging' }, 'preview'],
    ['a target that is not known yet', { target: 'canary' }, 'preview'],
    [
      'a custom environment',
      { target: null, customEnvironment: { id: 'env_1', slug: 'staging' } },
      'custom:staging',
    ],
    ['a custom environment by its id', { customEnvironment: { id: 'env_1' } }, 'custom-id:env_1'],
    [
      'one that is called like the id of another',
      { customEnvironment: { id: 'env_2', slug: 'env_1' } },
      'custom:env_1',
    ],
    [
      'one that is called production',
      { customEnvironment: { id: 'env_3', slug: 'production' } },
      'custom:production',
    ],
    [
      'production as a custom environment',
      { target: 'production', customEnvironment: { id: 'env_4', slug: 'production' } },
      'production',
    ],
    [
      'a custom one on top of production',
      { target: 'production', customEnvironment: { id: 'env_1', slug: 'eu' } },
      'custom:eu',
    ],
  ])('%s', (_, body, key) => {
    expect(at(body)[5]).toBe(key);
  });

  it.each([{ customEnvironment: {} }, { customEnvironment: 'staging' }, { customEnvironment: { slug: 7 } }])(
    'is not shared if the environment cannot be read: %j',
    (body) => {
      expect(identity({ meta: github(), ...body })).toBe(PER_DEPLOYMENT);
    },
  );
});
