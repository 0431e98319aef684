import { describe, expect, it } from 'vitest';
import { type Json, PermanentError, type ProvisionRequest } from '../../provisioner.js';
import { configSchema, type EnvVarsConfig } from './config.js';
import plugin from './env-vars.js';

const requestWith = (settings: Record<string, Json> = {}): ProvisionRequest<null> => ({
  key: 'shop-main',
  handle: null,
  resource: { id: 'res_1', settings },
  installationId: 'icfg_1',
  deployment: {
    id: 'dpl_1',
    url: 'shop-x.example.app',
    target: null,
    projectId: null,
    projectName: 'shop',
    gitRef: 'feature/x',
    gitSha: null,
    pullRequest: 7,
  },
  signal: AbortSignal.timeout(30_000),
  derive: () => new Uint8Array(32),
  log: () => undefined,
});

const problemsOf = (config: unknown): string[] =>
  (configSchema.safeParse(config).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

async function secretsOf(config: EnvVarsConfig, settings?: Record<string, Json>): Promise<unknown> {
  const answer = await plugin.create(config).provision(requestWith(settings));
  return answer.status === 'ready' ? answer.secrets : answer;
}

async function refusalOf(config: EnvVarsConfig, settings?: Record<string, Json>): Promise<string> {
  const error: unknown = await secretsOf(config, settings).catch((thrown: unknown) => thrown);
  expect(PermanentError.is(error)).toBe(true);
  return (error as Error).message;
}

describe('variables', () => {
  it('are filled in from deployment, resource, installation and allocation', async () => {
    const vars = {
      APP_URL: 'https://${deployment.url}',
      BRANCH: '${deployment.gitRef}',
      SHA: '${deployment.gitSha:-none}',
      TENANT: '${installation.id}/${resource.id}/${allocation.key}',
      REGION: '${resource.settings.region}',
      LITERAL: '$${deployment.url} = 5$',
    };
    expect(await secretsOf({ vars }, { region: 'fra1' })).toEqual({
      APP_URL: 'https://shop-x.example.app',
      BRANCH: 'feature/x',
      SHA: 'none',
      TENANT: 'icfg_1/res_1/shop-main',
      REGION: 'fra1',
      LITERAL: '${deployment.url} = 5$',
    });
  });

  it('carry the prefix', async () => {
    expect(await secretsOf({ prefix: 'SHOP_', vars: { '1ST': 'a', TZ: 'UTC' } })).toEqual({
      SHOP_1ST: 'a',
      SHOP_TZ: 'UTC',
    });
  });

  it('are named together with their missing values', async () => {
    const vars = { FINE: 'x', SHA: '${deployment.gitSha}', ZONE: 'z-${resource.settings.zone}' };
    expect(await refusalOf({ prefix: 'A_', vars })).toBe(
      'env-vars: A_SHA: there is no deployment.gitSha; A_ZONE: there is no resource.settings.zone',
    );
  });

  it('are rejected without quoting them when empty or with a NUL byte', async () => {
    expect(await refusalOf({ vars: { NONE: '${deployment.gitSha:-}' } })).toMatch(/^env-vars: NONE: .*empty/);
    const message = await refusalOf({ vars: { ODD: '${resource.settings.odd}' } }, { odd: 'hidden\0' });
    expect(message).toMatch(/^env-vars: ODD: .*NUL byte/);
    expect(message).not.toContain('hidden');
  });

  it('have at most 64 KB of UTF-8 together, including names', async () => {
    const config = { vars: { A: 'é', LONG: '${resource.settings.long}' } };
    const room = 64 * 1024 - 'A'.length - 2 - 'LONG'.length;
    expect(await secretsOf(config, { long: 'x'.repeat(room) })).toHaveProperty('LONG');
    expect(await refusalOf(config, { long: 'x'.repeat(room + 1) })).toMatch(
      /^env-vars: names and values have 65537 bytes; Vercel accepts 65536/,
    );
  });

  it('need no deprovisioning', async () => {
    const one = plugin.create({ vars: { A: 'a' } });
    expect(await one.deprovision(requestWith())).toEqual({ status: 'gone' });
  });
});

describe('the configuration', () => {
  it.each([
    ['1ST', /not a valid variable name/],
    ['A-B', /not a valid variable name/],
    ['Ä', /not a valid variable name/],
    ['', /not a valid variable name/],
    ['TZ', /reserved by Vercel/],
    ['NOW_REGION', /reserved by Vercel/],
    ['AWS_LAMBDA_FUNCTION_NAME', /reserved by Vercel/],
    ['LAMBDA_TASK_ROOT', /reserved by Vercel/],
    ['VERCEL', /is set by Vercel/],
    ['VERCEL_URL', /is set by Vercel/],
  ])('rejects the name "%s"', (name, problem) => {
    const [text] = problemsOf({ vars: { [name]: 'x' } });
    expect(text).toMatch(problem);
    expect(text?.startsWith(`vars.${name}: `)).toBe(true);
  });

  it('checks names with their prefix', () => {
    expect(problemsOf({ prefix: 'AWS_', vars: { EXECUTION_ENV: 'x' } })).toEqual([
      'vars.EXECUTION_ENV: AWS_EXECUTION_ENV is reserved by Vercel and cannot be set; choose another name',
    ]);
    expect(problemsOf({ prefix: '1', vars: { A: 'x' } })[0]).toMatch(/^prefix: /);
  });

  it('accepts the names that Vercel documents as allowed', () => {
    const vars = Object.fromEntries(
      [
        'AWS_REGION',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
        'VERCELIAN',
        '_a',
      ].map((name) => [name, 'x']),
    );
    expect(problemsOf({ vars })).toEqual([]);
  });

  it('is rejected with every wrong key and without values', () => {
    const problems = problemsOf({
      vars: { PORT: 3000, EMPTY: '', URL: 'hunter2 ${deployment.uri}', STEP: '${steps.a.secrets.B}' },
      prefx: 'A_',
    });
    expect(problems.map((text) => text.split(':')[0])).toEqual(['vars.PORT', 'vars.EMPTY']);
    const later = problemsOf({
      vars: { URL: 'hunter2 ${deployment.uri}', STEP: '${steps.a.secrets.B}' },
      prefx: 1,
    });
    expect(later.map((text) => text.split(':')[0]).sort()).toEqual(['prefx', 'vars.STEP', 'vars.URL']);
    expect([...problems, ...later].join()).not.toContain('hunter2');
    expect(problemsOf({ vars: {} })).toEqual(['vars: must name at least one variable']);
    expect(problemsOf({})).toEqual(['vars: must be an object of variable names and templates']);
  });

  it('is rejected when the variables cannot fit whatever the values are', () => {
    const half = 'x'.repeat(32 * 1024);
    expect(problemsOf({ vars: { A: half, B: `${half}\${deployment.url}` } })).toEqual([
      'vars: need at least 65538 bytes for names and values; Vercel accepts 65536 bytes (64 KB) for ' +
        'all variables of a deployment',
    ]);
    expect(problemsOf({ vars: { A: half, B: `${half.slice(2)}\${deployment.url}` } })).toEqual([]);
  });
});
