import { describe, expect, it } from 'vitest';
import { configSchema } from './config.js';
import { statusText } from './status.js';

const http = { type: 'http', url: 'https://example.com' };
const problemsOf = (config: unknown): string[] =>
  (configSchema.safeParse(config).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
const problemsOfProbe = (probe: unknown): string[] => problemsOf({ probes: [probe] });

describe('the configuration', () => {
  it('has defaults for everything except the probes', () => {
    expect(
      configSchema.parse({
        probes: [
          http,
          { type: 'postgres', url: 'postgresql://u@db/app' },
          { type: 'tcp', host: 'db', port: 1 },
        ],
      }),
    ).toMatchObject({
      probes: [{ method: 'GET', status: [[200, 299]] }, { query: 'select 1' }, { tls: false }],
      successes: 1,
      interval: 1_000,
      timeout: 5_000,
      allow: [],
    });
  });

  it.each([
    ['500ms', 500],
    ['2s', 2_000],
    ['1m', 60_000],
  ])('reads the interval %s', (interval, ms) =>
    expect(configSchema.parse({ probes: [http], interval }).interval).toBe(ms),
  );

  it.each([
    [204, '204'],
    ['200-299', '200-299'],
    [[200, '300-308'], '200, 300-308'],
  ])('reads the status %j', (status, text) => {
    const [probe] = configSchema.parse({ probes: [{ ...http, status }] }).probes;
    expect(probe?.type === 'http' && statusText(probe.status)).toBe(text);
  });

  it.each([
    [{ probes: [] }, /^probes: must contain at least one probe/],
    [{ probes: Array.from({ length: 21 }, () => http) }, /^probes: must contain at most 20 probes/],
    [{}, /^probes: must be a list/],
    [{ probes: ['x'] }, /^probes\.0: must be a probe/],
    [{ probes: [{ type: 'ftp' }] }, /^probes\.0\.type: must be http, tcp or postgres/],
    [{ probes: [http], intervall: '1s' }, /^intervall: unknown key \(did you mean "interval"\?\)/],
    [{ probes: [http], interval: '1 second' }, /^interval: .*such as 2s, from 100ms to 10m/],
    [{ probes: [http], interval: '50ms' }, /^interval: /],
    [{ probes: [http], interval: 5 }, /^interval: /],
    [{ probes: [http], timeout: '26s' }, /^timeout: .*to 25s/],
    [{ probes: [http], successes: 0 }, /^successes: .*from 1 to 100/],
    [{ probes: [http], allow: ['https://x'] }, /^allow\.0: /],
    [{ probes: [http], allow: ['10.0.0.0/33'] }, /^allow\.0: /],
    [{ probes: [http], allow: ['10.0.0.300'] }, /^allow\.0: /],
    [{ probes: [http], allow: ['*'] }, /^allow\.0: /],
  ])('rejects %j', (config, problem) => expect(problemsOf(config)).toEqual([expect.stringMatching(problem)]));

  it.each([
    [{ ...http, url: 'ftp://example.com' }, /^probes\.0\.url: must be an HTTP or HTTPS URL/],
    [{ ...http, url: 'example.com' }, /^probes\.0\.url: /],
    [{ ...http, url: 'https://${deployment.uri}' }, /^probes\.0\.url: .*did you mean "deployment.url"/],
    [{ ...http, url: '${steps.a.secrets.URL}' }, /^probes\.0\.url: .*only in a later step of a sequence/],
    [{ ...http, method: 'POST' }, /^probes\.0\.method: must be GET or HEAD/],
    [{ ...http, method: 'HEAD', body: 'ok' }, /^probes\.0\.body: cannot be checked with method HEAD/],
    [{ ...http, status: 99 }, /^probes\.0\.status: /],
    [{ ...http, status: '299-200' }, /^probes\.0\.status: /],
    [{ ...http, status: [] }, /^probes\.0\.status: /],
    [{ ...http, body: { matches: '(' } }, /^probes\.0\.body.*/],
    [{ ...http, body: 5 }, /^probes\.0\.body: /],
    [{ ...http, headers: { Host: 'x' } }, /^probes\.0\.headers\.Host: is set by Drawbridge/],
    [{ ...http, headers: { 'a b': 'x' } }, /^probes\.0\.headers\.a b: is not a valid header name/],
    [{ ...http, headers: { a: '${deployment.nope}' } }, /^probes\.0\.headers\.a: /],
    [{ ...http, tls: { rejectUnauthorized: false } }, /^probes\.0\.tls\.rejectUnauthorized: unknown key/],
    [{ ...http, tls: { ca: 'no certificate' } }, /^probes\.0\.tls\.ca: must be PEM certificates/],
    [{ ...http, redirects: 5 }, /^probes\.0\.redirects: unknown key/],
    [{ ...http, name: 'a\nb' }, /^probes\.0\.name: /],
    [{ type: 'tcp', host: 'db', port: 0 }, /^probes\.0\.port: /],
    [{ type: 'tcp', host: 'db', port: 70_000 }, /^probes\.0\.port: /],
    [{ type: 'tcp', port: 1 }, /^probes\.0\.host: /],
    [{ type: 'postgres', url: 'mysql://root:hunter2@db' }, /^probes\.0\.url: must be a Postgres URL/],
    [
      { type: 'postgres', url: 'postgres://u@db', query: "select '${deployment.gitRef}'" },
      /^probes\.0\.query: must not contain references/,
    ],
    [{ type: 'postgres', url: 'postgres://u@db', expect: 1 }, /^probes\.0\.expect: .*in quotes/],
  ])('rejects the probe %j', (probe, problem) =>
    expect(problemsOfProbe(probe)).toEqual([expect.stringMatching(problem)]),
  );

  it('is rejected without quoting a value', () => {
    const problems = [
      ...problemsOfProbe({ ...http, url: 'ftp://u:hunter2@example.com', headers: { a: 'hunter2 ${x.y}' } }),
      ...problemsOfProbe({ type: 'postgres', url: 'mysql://root:hunter2@db', expect: 'hunter2 ${x.y}' }),
    ];
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain('hunter2');
  });
});
