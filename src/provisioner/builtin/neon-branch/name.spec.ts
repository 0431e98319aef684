import { describe, expect, it } from 'vitest';
import type { ProvisionRequest } from '../../provisioner.js';
import { namesFor } from './name.js';

const requestFor = (gitRef: string | null, key = 'branch-1'): ProvisionRequest =>
  ({
    key,
    installationId: 'icfg_1',
    resource: { id: 'res_1', settings: {} },
    deployment: { gitRef, pullRequest: null },
  }) as unknown as ProvisionRequest;

const DEFAULT = 'preview/${deployment.gitRef}';
const first = (gitRef: string | null, template = DEFAULT, key?: string): string | undefined =>
  namesFor(requestFor(gitRef, key), template)[0];

describe('the name of a branch', () => {
  it.each([
    ['feature/login', 'preview/feature/login'],
    ['Fix_#12.v2', 'preview/Fix_#12.v2'],
    [null, 'preview/branch-1'],
  ])('for the git ref %s is %s', (ref, name) => expect(first(ref)).toBe(name));

  it('has fallbacks that are unique for the allocation key', () => {
    const [, short, long] = namesFor(requestFor('main'), DEFAULT);
    expect(short).toMatch(/^preview\/main-[0-9a-f]{8}$/);
    expect(long).toMatch(/^preview\/main-[0-9a-f]{16}$/);
    expect(namesFor(requestFor('main', 'branch-2'), DEFAULT)[1]).not.toBe(short);
  });

  it.each([
    ['a b', 'a:b'],
    ['größe', 'gröse'],
    ['😀', '😁'],
    [`${'x'.repeat(300)}1`, `${'x'.repeat(300)}2`],
  ])('differs between %s and %s with different keys', (one, other) => {
    const names = [first(one, DEFAULT, 'key-1'), first(other, DEFAULT, 'key-2')];
    expect(names[0]).not.toBe(names[1]);
    for (const name of names) expect(name).toMatch(/^preview\/[\w./-]{1,248}$/);
  });

  it('is at most as long as Neon allows', () => {
    for (const length of [247, 248, 249, 1_000]) {
      const names = namesFor(requestFor('x'.repeat(length)), DEFAULT);
      expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(256);
      expect(new Set(names).size).toBe(names.length);
    }
    expect(first('x'.repeat(248))).toBe(`preview/${'x'.repeat(248)}`);
  });

  it('is the key when the template yields no other value', () => {
    expect(first(null, 'pr-${deployment.pullRequest}')).toBe('pr-branch-1');
    expect(first(null, 'pr-${deployment.pullRequest:-none}')).toBe('pr-none');
    expect(first(null, '${deployment.gitRef:-}')).toBe('branch-1');
  });
});
