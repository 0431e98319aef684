import { describe, expect, it } from 'vitest';
import { configSchema } from './config.js';

const least = { apiKey: 'napi_hunter2', project: 'shiny-wind-028834' };

const issuesOf = (config: unknown): [string, string][] =>
  (configSchema.safeParse(config).error?.issues ?? []).map(({ path, message }) => [path.join('.'), message]);

describe('the configuration', () => {
  it('requires apiKey and project, and has defaults for the rest', () => {
    expect(configSchema.parse(least)).toEqual({
      ...least,
      prefix: '',
      name: 'preview/${deployment.gitRef}',
      apiUrl: 'https://console.neon.tech/api/v2',
    });
    expect(issuesOf({}).map(([path]) => path)).toEqual(['apiKey', 'project']);
  });

  it.each([
    ['apiKey', { apiKey: 'two words' }],
    ['apiKey', { apiKey: 'with\nnewline' }],
    ['project', { project: 'Shiny Wind' }],
    ['project', { project: '../other' }],
    ['parent', { parent: '' }],
    ['database', { database: 5 }],
    ['role', { role: '' }],
    ['compute', { compute: 2 }],
    ['compute.min', { compute: { min: 0.1, max: 1 } }],
    ['compute.max', { compute: { min: 2, max: 1 } }],
    ['compute.max', { compute: { min: 1 } }],
    ['compute.mx', { compute: { min: 1, max: 1, mx: 3 } }],
    ['suspendAfter', { suspendAfter: 59 }],
    ['suspendAfter', { suspendAfter: '5m' }],
    ['prefix', { prefix: 'MY-' }],
    ['prefix', { prefix: '9_' }],
    ['name', { name: '' }],
    ['name', { name: '${deployment.gitref}' }],
    ['name', { name: 'x/${deployment' }],
    ['name', { name: 'x/${deployment.id}' }],
    ['apiUrl', { apiUrl: 'ftp://neon' }],
    ['apiUrl', { apiUrl: 'https://user:pass@neon' }],
    ['projct', { projct: 'x' }],
  ])('is rejected with the path %s', (path, wrong) => {
    expect(issuesOf({ ...least, ...wrong }).map(([found]) => found)).toEqual([path]);
  });

  it('explains why a name cannot contain a value that differs between deployments of one branch', () => {
    expect(issuesOf({ ...least, name: 'x/${deployment.gitSha}' })).toEqual([
      ['name', '${deployment.gitSha} differs between deployments that share a branch; use ${allocation.key}'],
    ]);
  });

  it('is rejected without quoting the API key', () => {
    const texts = issuesOf({ apiKey: 'napi hunter2', project: 'napi hunter2' }).flat().join();
    expect(texts).not.toContain('hunter2');
  });
});
