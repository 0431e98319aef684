import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identify, type KeySubject } from './allocation-key.js';

const SUBJECT: KeySubject = {
  scope: 'git-branch',
  installationId: 'icfg_1',
  resourceId: 'res_1',
  action: 'branch',
  deploymentId: 'dpl_1',
  projectId: 'prj_1',
  projectName: 'Shop',
  environmentKey: 'preview',
  gitRef: 'feature/Login form',
  origin: 'own',
  headRepository: null,
  forks: 'deployment',
};
const FORK: Partial<KeySubject> = { origin: 'fork', headRepository: ['github', 'github.com', 'id', '7'] };

describe('identify', () => {
  it('is readable, and the same for all deployments of a git branch', () => {
    const one = identify(SUBJECT);
    expect(one.keyBase).toMatch(/^shop-feature-login-form-[a-z0-9]{12}$/);
    expect(identify({ ...SUBJECT, deploymentId: 'dpl_2', projectName: 'Shop' })).toEqual(one);
  });

  it.each<Partial<KeySubject>>([
    { installationId: 'icfg_2' },
    { resourceId: 'res_2' },
    { action: 'seed' },
    { projectId: 'prj_2' },
    { environmentKey: 'production' },
    { environmentKey: 'custom:staging' },
    { ...FORK, forks: 'own' },
    { ...FORK, forks: 'deployment' },
    { origin: 'unknown' },
    { gitRef: 'feature/login form' },
  ])('differs with %j', (over) => {
    const other = identify({ ...SUBJECT, ...over });
    expect(other.identity).not.toBe(identify(SUBJECT).identity);
    expect(other.keyBase).not.toBe(identify(SUBJECT).keyBase);
  });

  it.each<[Partial<KeySubject>, string, string]>([
    [
      {},
      '["git-branch","icfg_1","res_1","branch","prj_1","preview","feature/Login form"]',
      'shop-feature-login-form-vpndpbjse5yx',
    ],
    [
      { environmentKey: 'production', gitRef: 'main' },
      '["git-branch","icfg_1","res_1","branch","prj_1","production","main"]',
      'shop-main-flrk3wn9rgp5',
    ],
    [{ gitRef: null }, '["deployment","icfg_1","res_1","branch","dpl_1"]', 'shop-dpl-1-8v5o7sneicwo'],
    [
      { scope: 'deployment' },
      '["deployment","icfg_1","res_1","branch","dpl_1"]',
      'shop-feature-login-form-dpl-1-8v5o7sneicwo',
    ],
  ])('keeps what it was before there were forks and custom environments: %j', (over, identity, keyBase) => {
    expect(identify({ ...SUBJECT, ...over })).toEqual({ identity, keyBase });
  });

  it('is one for each branch of each fork where that is wanted', () => {
    const of = (over: Partial<KeySubject>) =>
      identify({ ...SUBJECT, ...FORK, forks: 'own', ...over }).identity;
    expect(of({ deploymentId: 'dpl_2' })).toBe(of({}));
    expect(of({ gitRef: 'other' })).not.toBe(of({}));
    expect(of({ headRepository: ['github', 'github.com', 'id', '8'] })).not.toBe(of({}));
  });

  it("cannot be made the owner's by what a fork calls its branch", () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    const owners = { ...SUBJECT, gitRef: 'main' };
    fc.assert(
      fc.property(
        text,
        fc.array(text),
        fc.constantFrom('own' as const, 'deployment' as const),
        (gitRef, headRepository, forks) => {
          const fork: KeySubject = { ...owners, origin: 'fork', gitRef, headRepository, forks };
          expect(identify(fork).identity).not.toBe(identify({ ...owners, gitRef }).identity);
          expect(identify(fork).identity).not.toBe(identify(owners).identity);
        },
      ),
    );
  });

  it.each<Partial<KeySubject>>([
    { gitRef: null },
    { gitRef: 'HEAD' },
    { projectId: null },
    { scope: 'deployment' },
    { environmentKey: null },
    { origin: 'unknown' },
    { origin: 'unknown', forks: 'own', headRepository: ['github', '', 'id', '7'] },
    FORK,
    { origin: 'fork', forks: 'own', headRepository: null },
  ])('is one for each deployment with %j', (over) => {
    const [one, two] = ['dpl_1', 'dpl_2'].map((deploymentId) =>
      identify({ ...SUBJECT, ...over, deploymentId }),
    );
    expect(one?.identity).not.toBe(two?.identity);
    expect(one?.keyBase).not.toBe(two?.keyBase);
  });

  it('cannot be led to another identity by what a name contains', () => {
    const tricky = identify({ ...SUBJECT, resourceId: 'res_1","branch', action: 'x' });
    expect(tricky.identity).not.toBe(
      identify({ ...SUBJECT, resourceId: 'res_1', action: 'branch","x' }).identity,
    );
  });

  it('leaves room for a generation within 63 characters, whatever the names', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 120 });
    const any = fc.record({
      scope: fc.constantFrom('deployment' as const, 'git-branch' as const),
      installationId: text,
      resourceId: text,
      action: text,
      deploymentId: text,
      projectId: fc.option(text),
      projectName: fc.option(text),
      environmentKey: fc.option(text),
      gitRef: fc.option(text),
      origin: fc.constantFrom('own' as const, 'fork' as const, 'unknown' as const),
      headRepository: fc.option(fc.array(text)),
      forks: fc.constantFrom('own' as const, 'deployment' as const),
    });
    fc.assert(
      fc.property(any, (subject) => {
        expect(`${identify(subject).keyBase}-999999999`).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
      }),
    );
  });
});
