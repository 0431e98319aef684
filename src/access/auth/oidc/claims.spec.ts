import type { JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import { installationsOf, nameOf, roleOf, textsOf } from './claims.js';

describe('the texts of a claim', () => {
  it.each<[what: string, JWTPayload, string, string[]]>([
    ['a text', { roles: 'a b' }, 'roles', ['a b']],
    ['a list, without members that are not texts', { roles: ['a', 1, null, 'b'] }, 'roles', ['a', 'b']],
    ['at a path', { realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
    ['under a name with dots', { 'https://x.example/roles': ['a'] }, 'https://x.example/roles', ['a']],
    ['a text with several scopes', { scope: 'a b' }, 'scope', ['a', 'b']],
    ['absent', {}, 'roles', []],
    ['an object', { roles: { a: true } }, 'roles', []],
    ['a member of the prototype', {}, 'constructor.name', []],
    ['below a value that is not an object', { a: 'b' }, 'a.length', []],
  ])('are read when the claim is %s', (_, claims, path, texts) => {
    expect(textsOf(claims, path)).toEqual(texts);
  });
});

describe('the role', () => {
  const roles = new Map([
    ['a', 'viewer'],
    ['b', 'admin'],
  ] as const);
  it('is the highest one of the claim, and null without a known role', () => {
    expect([roleOf(['b', 'a'], roles), roleOf(['a', 'b'], roles)]).toEqual(['admin', 'admin']);
    expect([roleOf(['A'], roles), roleOf([], roles)]).toEqual([null, null]);
  });
});

describe('the installations', () => {
  it('are all without a configured claim, and none when the configured claim is missing', () => {
    expect(installationsOf({}, null)).toBeNull();
    expect(installationsOf({}, 'customers')).toEqual(new Set());
    expect(installationsOf({ customers: ['a', 'b'] }, 'customers')).toEqual(new Set(['a', 'b']));
    expect(installationsOf({ customers: ['a', '*'] }, 'customers')).toBeNull();
  });
});

describe('the name', () => {
  const free = new Set<string>();
  it('is the address, the user name or the subject', () => {
    expect(nameOf({ email: 'a@b.co', preferred_username: 'a', sub: '1' }, free)).toBe('a@b.co');
    expect(nameOf({ preferred_username: 'a', sub: '1' }, free)).toBe('a');
    expect(nameOf({ sub: '1' }, free)).toBe('1');
    expect(nameOf({ email: ' ' }, free)).toBeNull();
  });

  it.each([false, 'false'])('is not an unverified address: %j', (verified) => {
    expect(nameOf({ email: 'boss@b.co', email_verified: verified, sub: '1' }, free)).toBe('1');
  });

  it('stays unique when characters were replaced or another operator has it', () => {
    const [one, other] = [nameOf({ sub: 'auth0|x' }, free), nameOf({ sub: 'auth0/x' }, free)];
    expect(one).toMatch(/^auth0-x-[0-9a-f]{8}$/);
    expect(other).not.toBe(one);
    expect(nameOf({ email: 'alice', sub: '1' }, new Set(['alice']))).toMatch(/^alice-[0-9a-f]{8}$/);
    expect(nameOf({ sub: 'x'.repeat(300) }, free)).toHaveLength(64);
    expect(nameOf({ sub: 'a\nb operator:admin' }, free)).toMatch(/^a-b-operator-admin-[0-9a-f]{8}$/);
  });
});
