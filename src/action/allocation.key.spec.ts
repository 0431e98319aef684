import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identify, type Subject } from './allocation.key.js';

const SUBJECT: Subject = {
  scope: 'git-branch',
  installationId: 'icfg_1',
  resourceId: 'res_1',
  action: 'branch',
  deploymentId: 'dpl_1',
  projectId: 'prj_1',
  projectName: 'Shop',
  target: null,
  gitRef: 'feature/Login form',
};

describe('identify', () => {
  it('is readable, and the same for all deployments of a git branch', () => {
    const one = identify(SUBJECT);
    expect(one.keyBase).toMatch(/^shop-feature-login-form-[a-z0-9]{12}$/);
    expect(identify({ ...SUBJECT, deploymentId: 'dpl_2', projectName: 'Shop' })).toEqual(one);
  });

  it.each<Partial<Subject>>([
    { installationId: 'icfg_2' },
    { resourceId: 'res_2' },
    { action: 'seed' },
    { projectId: 'prj_2' },
    { target: 'production' },
    { gitRef: 'feature/login form' },
  ])('differs with %j', (over) => {
    const other = identify({ ...SUBJECT, ...over });
    expect(other.identity).not.toBe(identify(SUBJECT).identity);
    expect(other.keyBase).not.toBe(identify(SUBJECT).keyBase);
  });

  it('counts every target but production as a preview', () => {
    expect(identify({ ...SUBJECT, target: 'staging' })).toEqual(identify(SUBJECT));
  });

  it.each<Partial<Subject>>([
    { gitRef: null },
    { gitRef: 'HEAD' },
    { projectId: null },
    { scope: 'deployment' },
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
      target: fc.option(text),
      gitRef: fc.option(text),
    });
    fc.assert(
      fc.property(any, (subject) => {
        expect(`${identify(subject).keyBase}-999999999`).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
      }),
    );
  });
});
