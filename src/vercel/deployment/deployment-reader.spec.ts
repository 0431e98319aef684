import { describe, expect, it } from 'vitest';
import { readDeployment } from './deployment-reader.js';

const ref = (body: object) => readDeployment(body, 'dpl_1')?.gitRef;

describe('readDeployment', () => {
  it('reads the fields of the contract', () => {
    const body = {
      id: 'dpl_7',
      url: 'shop-abc.vercel.app',
      name: 'old-name',
      projectId: 'prj_1',
      project: { id: 'prj_2', name: 'shop' },
      target: 'production',
      gitSource: { type: 'github', ref: 'feature/x', sha: 'abc', prId: 12 },
      meta: { githubCommitRef: 'other', githubCommitSha: 'def' },
      readyState: 'BUILDING',
      integrations: { status: 'pending', startedAt: 1 },
      deletedAt: 1760000000000,
      undeletedAt: 1760000000001,
      customEnvironment: { id: 'env_1', slug: 'qa' },
      prebuilt: true,
    };
    expect(readDeployment(body, 'dpl_1')).toEqual({
      id: 'dpl_7',
      url: 'shop-abc.vercel.app',
      projectId: 'prj_1',
      projectName: 'shop',
      target: 'production',
      gitRef: 'feature/x',
      gitSha: 'abc',
      pullRequest: 12,
      readyState: 'BUILDING',
      integrationsStatus: 'pending',
      deletedAt: 1760000000000,
      undeletedAt: 1760000000001,
      customEnvironmentSlug: 'qa',
      environment: { name: 'qa', key: 'custom:qa' },
      prebuilt: true,
      origin: 'unknown',
      headRepository: null,
    });
  });

  it('returns null for fields that the reduced view omits', () => {
    expect(readDeployment({ name: 'shop', project: { id: 'prj_2' }, status: 'READY' }, 'dpl_1')).toEqual({
      id: 'dpl_1',
      url: null,
      projectId: 'prj_2',
      projectName: 'shop',
      target: null,
      gitRef: null,
      gitSha: null,
      pullRequest: null,
      readyState: 'READY',
      integrationsStatus: null,
      deletedAt: null,
      undeletedAt: null,
      customEnvironmentSlug: null,
      environment: { name: 'preview', key: 'preview' },
      prebuilt: false,
      origin: 'own',
      headRepository: null,
    });
  });

  it.each([
    ['gitSource.ref', { gitSource: { ref: 'a' }, meta: { githubCommitRef: 'b' } }, 'a'],
    ['GitHub', { gitSource: { ref: null }, meta: { githubCommitRef: 'b', gitlabCommitRef: 'c' } }, 'b'],
    ['GitLab', { meta: { gitlabCommitRef: 'c', bitbucketCommitRef: 'd' } }, 'c'],
    ['Bitbucket', { meta: { githubCommitRef: '', bitbucketCommitRef: 'd', gitCommitRef: 'e' } }, 'd'],
    ['the command line', { meta: { gitCommitRef: 'e' } }, 'e'],
    ['a detached checkout', { meta: { gitCommitRef: 'HEAD' } }, null],
    ['HEAD before another', { gitSource: { ref: 'HEAD' }, meta: { githubCommitRef: 'b' } }, null],
    ['HEAD after another', { gitSource: { ref: 'a' }, meta: { gitCommitRef: 'HEAD' } }, 'a'],
    ['no git', {}, null],
  ])('finds the branch: %s', (_, body, expected) => {
    expect(ref(body)).toBe(expected);
  });

  it('ignores wrong types', () => {
    const wrong = {
      id: 7,
      url: {},
      name: ['x'],
      project: 'prj_1',
      target: 1,
      gitSource: null,
      meta: [],
      readyState: false,
      integrations: 'pending',
      deletedAt: 'yesterday',
      undeletedAt: -1,
      customEnvironment: { slug: 3 },
      prebuilt: 'yes',
    };
    const deployment = readDeployment(wrong, 'dpl_1');
    expect(deployment?.id).toBe('dpl_1');
    const { prebuilt, origin, ...rest } = { ...deployment, id: null };
    expect(Object.values(rest)).toEqual(Array<null>(15).fill(null));
    expect({ prebuilt, origin }).toEqual({ prebuilt: false, origin: 'own' });
    expect(readDeployment({ gitSource: { prId: -1 } }, 'dpl_1')?.pullRequest).toBeNull();
    expect(readDeployment({ gitSource: { prId: 1.5 } }, 'dpl_1')?.pullRequest).toBeNull();
  });

  it('keeps unknown values', () => {
    const deployment = readDeployment(
      { readyState: 'BLOCKED', target: 'canary', integrations: { status: 'new' } },
      'd',
    );
    expect(deployment).toMatchObject({ readyState: 'BLOCKED', target: 'canary', integrationsStatus: 'new' });
  });

  it.each([null, 'text', 7, true, []])('returns null for %j', (body) => {
    expect(readDeployment(body, 'dpl_1')).toBeNull();
  });
});

describe('values that cannot be stored', () => {
  it.each([
    ['NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud800'],
    ['a long text', 'x'.repeat(1_001)],
  ])('are read as null: %s', (_, ref) => {
    expect(readDeployment({ id: 'dpl_1', gitSource: { ref } }, 'dpl_1')?.gitRef).toBeNull();
  });

  it('are read as null: a pull request number beyond four bytes', () => {
    const prId = 3_000_000_000;
    expect(readDeployment({ id: 'dpl_1', gitSource: { prId } }, 'dpl_1')?.pullRequest).toBeNull();
  });
});
