import { describe, expect, it } from 'vitest';
import type { ProvisionRequest } from '../provisioner.js';
import { fillSome, fillSomeLiterally, literal } from './partial-template.js';
import { fill, problemOf, references, valuesOf } from './template.js';

const request = {
  key: 'shop-main-abc',
  installationId: 'icfg_1',
  resource: {
    id: 'res_1',
    settings: { region: 'fra1', size: 2, tags: ['a'], nested: { deep: true }, empty: '' },
  },
  deployment: { id: 'dpl_1', gitRef: 'feature/x', gitSha: null, pullRequest: 7 },
} as unknown as ProvisionRequest;
const filled = (text: string): string => fill(text, valuesOf(request));

describe('a template', () => {
  it.each([
    ['preview/${deployment.gitRef}', 'preview/feature/x'],
    ['${resource.id}@${installation.id}/${allocation.key}', 'res_1@icfg_1/shop-main-abc'],
    ['${resource.settings.region}${resource.settings.size}', 'fra12'],
    ['${resource.settings.nested.deep} ${resource.settings.tags}', 'true ["a"]'],
    ['#${deployment.pullRequest}', '#7'],
    ['${deployment.gitSha:-unknown}', 'unknown'],
    ['${resource.settings.empty:-default}', 'default'],
    ['${resource.settings.none:-}', ''],
    ['$${deployment.gitRef} costs 5$', '${deployment.gitRef} costs 5$'],
    ['$$${deployment.gitRef}', '$${deployment.gitRef}'],
  ])('turns %j into %j', (text, expected) => {
    expect(filled(text)).toBe(expected);
  });

  it('names the reference without a value', () => {
    expect(() => filled('${deployment.gitSha}')).toThrow('there is no deployment.gitSha');
    expect(() => filled('${resource.settings.__proto__.x}')).toThrow(
      'there is no resource.settings.__proto__.x',
    );
    const { deployment: _, ...deprovision } = request;
    expect(() => fill('${deployment.url}', valuesOf(deprovision))).toThrow('there is no deployment.url');
  });

  it.each([
    ['plain', null],
    ['${resource.settings.anything}', null],
    ['${deployment.gitref}', /no \$\{deployment.gitref\}.*did you mean.*deployment.gitRef/],
    ['${steps.branch.secrets.URL}', /only in a later step of a sequence/],
    ['${deployment.}', /does not begin a reference/],
    ['${', /does not begin a reference/],
  ])('is checked at boot: %j', (text, problem) => {
    if (problem === null) expect(problemOf(text)).toBeNull();
    else expect(problemOf(text)).toMatch(problem);
  });

  it('is rejected without quoting a secret of the environment', () => {
    const text = 'token-${9f8e7d}-x';
    expect(problemOf(text)).not.toContain('9f8e7d');
    expect(() => filled(text)).toThrow(/^a "\$\{" does not begin a reference$/);
  });

  it('can be filled in twice, each reference once', () => {
    const text = '${steps.a.secrets.B} $${steps.a.secrets.B} ${deployment.gitRef} ${steps.c.secrets.D:-x} ${';
    expect(fillSome(text, ({ path }) => (path === 'steps.a.secrets.B' ? '${steps.a.secrets.B}' : null))).toBe(
      '${steps.a.secrets.B} $${steps.a.secrets.B} ${deployment.gitRef} ${steps.c.secrets.D:-x} ${',
    );
    expect(fillSome(text, ({ path }) => (path.startsWith('steps.') ? 'S' : null))).toBe(
      'S $${steps.a.secrets.B} ${deployment.gitRef} S ${',
    );
  });

  it.each(['plain $ text', '${deployment.gitRef}', '$${a.b}', 'a$$${', '${'])('can be made of %j', (text) =>
    expect(filled(literal(text))).toBe(text),
  );

  describe('filled in twice, literally', () => {
    const PRICE = { A: 'costs 5$', B: '{deployment.gitRef}', C: '$${deployment.id}$' };
    const half = (text: string): string =>
      fillSomeLiterally(text, ({ path }) => PRICE[path.slice(-1) as 'A'] ?? null);

    it.each([
      ['${s.A}', 'costs 5$'],
      ['${s.A}{deployment.gitRef}', 'costs 5${deployment.gitRef}'],
      ['${s.A}${s.B}', 'costs 5${deployment.gitRef}'],
      ['${s.A}${s.A}{x}', 'costs 5$costs 5${x}'],
      ['${s.A}$${x.y}', 'costs 5$${x.y}'],
      ['${s.A} ${deployment.gitRef}', 'costs 5$ feature/x'],
      ['${s.C}{x}', '$${deployment.id}${x}'],
      ['${deployment.gitRef}${s.B}', 'feature/x{deployment.gitRef}'],
    ])('turns %j into %j', (text, expected) => expect(filled(half(text))).toBe(expected));

    it('rejects a value that cannot be written literally', () => {
      expect(() => half('${s.A}${deployment.gitRef}')).toThrow(
        'a secret that ends with "$" cannot be followed by a reference',
      );
    });
  });

  it('lists its references', () => {
    expect(references('a${steps.b.secrets.C}$${x.y}${d.e:-f}').found).toEqual([
      { path: 'steps.b.secrets.C', fallback: null },
      { path: 'd.e', fallback: 'f' },
    ]);
  });
});
