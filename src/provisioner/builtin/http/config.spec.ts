import { describe, expect, it } from 'vitest';
import { configSchema } from './config.js';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const url = 'https://provisioner.example.com/drawbridge';

function problemsOf(config: Record<string, unknown>): string[] {
  const { error } = configSchema.safeParse({ url, secret, ...config });
  return (error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('the configuration', () => {
  it('requires url and secret, and has defaults for the rest', () => {
    expect(configSchema.parse({ url, secret })).toEqual({
      url,
      secret: [secret],
      derive: ['password'],
      check: false,
      list: false,
      timeoutMs: 28_000,
    });
    expect(configSchema.safeParse({}).error?.issues.map(({ path }) => path)).toEqual([['url'], ['secret']]);
  });

  it.each([[`${secret} ${secret}`], [` ${secret}\n${secret} `], [[secret, secret]]])(
    'accepts several secrets: %j',
    (several) => {
      expect(configSchema.parse({ url, secret: several }).secret).toEqual([secret, secret]);
    },
  );

  it.each([
    '',
    'hunter2',
    'whsec_',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    `whsec_${Buffer.alloc(32, 255).toString('base64url')}`,
    secret.slice('whsec_'.length),
    `${secret},${secret}`,
    [],
    [secret, 'hunter2'],
    [`${secret} ${secret}`],
    5,
  ])('rejects %j as secret', (wrong) => {
    expect(problemsOf({ secret: wrong })).toEqual([expect.stringMatching(/^secret: must be whsec_ and/)]);
  });

  it.each([
    ['provisioner.example.com', 'must be a URL such as https://provisioner.example.com'],
    ['ftp://provisioner.example.com', 'must be a URL such as https://provisioner.example.com'],
    [
      'https://drawbridge:hunter2@example.com',
      'must not contain user and password; requests are signed instead',
    ],
    [
      'https://example.com/?token=hunter2',
      'must not have a query or fragment; the verb is appended to the path',
    ],
    ['https://example.com/#', 'must not have a query or fragment; the verb is appended to the path'],
    [5, 'must be a URL such as https://provisioner.example.com'],
  ])('rejects %j as url', (wrong, message) => {
    expect(problemsOf({ url: wrong })).toEqual([`url: ${message}`]);
  });

  it.each([
    ['derive', ['password', 'password']],
    ['derive', ['']],
    ['derive', ['__proto__']],
    ['derive', 'password'],
    ['derive', Array.from({ length: 21 }, (_, index) => `l${index}`)],
    ['check', 'yes'],
    ['list', 1],
    ['timeoutMs', 28_001],
    ['timeoutMs', 99],
    ['timeoutMs', 1000.5],
    ['timeoutMs', '10s'],
  ])('rejects %s: %j', (key, wrong) => {
    expect(problemsOf({ [key]: wrong })).toEqual([
      expect.stringMatching(new RegExp(`^${key}(\\.0)?: must be `)),
    ]);
  });

  it('is rejected with an unknown key and a suggestion', () => {
    expect(problemsOf({ secrets: secret })).toEqual([
      expect.stringContaining('secrets: unknown key (did you mean "secret"?)'),
    ]);
  });

  it('is rejected without quoting a value', () => {
    const wrong = { url: 'https://u:hunter2@h', secret: 'hunter2', derive: 'hunter2', timeoutMs: 'hunter2' };
    expect(problemsOf(wrong)).toHaveLength(4);
    expect(problemsOf(wrong).join()).not.toContain('hunter2');
  });
});
