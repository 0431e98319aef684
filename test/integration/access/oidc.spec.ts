import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SignJWT } from 'jose';
import type { OidcConfig } from '../../../src/config/env/oidc.js';
import { OidcTokens, type CheckedToken } from '../../../src/access/auth/oidc/oidc-tokens.js';
import {
  AUDIENCE,
  signingKey,
  startIdentityProvider,
  type TestIdentityProvider,
} from '../../support/servers/identity-provider.js';
import { startApp, TOKENS, type Answer, type OperatorApp } from '../api/api-app.js';
import { actionIn } from '../api/api-seed.js';
import { WAIT_MS } from '../../support/wait.js';

const ROLES: OidcConfig['roles'] = new Map([
  ['readers', 'viewer'],
  ['ops', 'operator'],
  ['chiefs', 'admin'],
]);

function configOf(issuer: string, over: Partial<OidcConfig> = {}): OidcConfig {
  const fixed = {
    issuer,
    audience: AUDIENCE,
    clientId: null,
    scope: 'openid',
    roleClaim: 'roles',
    roles: ROLES,
  };
  return { ...fixed, installationsClaim: null, ...over };
}

let provider: TestIdentityProvider;
beforeAll(async () => {
  provider = await startIdentityProvider();
});
afterAll(() => provider.close());

describe('a bearer token of the identity provider', () => {
  let world: OperatorApp;
  beforeAll(async () => {
    world = await startApp({
      config: { oidc: configOf(provider.issuer, { installationsClaim: 'customers' }) },
    });
  });
  afterAll(() => world.close());
  const me = (token: string): Promise<Answer> => world.call('GET', '/api/v1/me', { token });

  it('authenticates the operator it names, with the highest of the roles', async () => {
    const token = await provider.token({
      roles: ['readers', 'ops', 'x'],
      email: 'a@b.co',
      customers: ['icfg_2', 'icfg_1'],
    });
    const { status, body } = await me(token);
    expect([status, body]).toEqual([
      200,
      { name: 'a@b.co', role: 'operator', installations: ['icfg_1', 'icfg_2'] },
    ]);
  });

  it('has no installations without the configured claim, and all with "*"', async () => {
    expect((await me(await provider.token({ roles: 'chiefs' }))).body).toEqual({
      name: 'tester',
      role: 'admin',
      installations: [],
    });
    const all = await provider.token({ roles: 'chiefs', customers: '*' });
    expect((await me(all)).body.installations).toBeNull();
  });

  it("without a role gets 403 with the operator's name", async () => {
    for (const roles of [undefined, [], ['strangers'], { ops: true }]) {
      const { status, body } = await me(await provider.token({ roles, preferred_username: 'jo' }));
      expect([status, body.detail]).toEqual([
        403,
        'the token of jo is valid but has no role (see OPERATOR_OIDC_ROLES)',
      ]);
    }
  });

  it('is accepted beside OPERATOR_TOKENS, whose names are reserved', async () => {
    expect((await me(TOKENS.viewer)).body.name).toBe('viewer-1');
    const token = await provider.token({ roles: 'readers', email: 'viewer-1' });
    expect((await me(token)).body.name).toMatch(/^viewer-1-[0-9a-f]{8}$/);
  });

  it('is the actor of its commands', async () => {
    const { id } = await actionIn(world, 'failed');
    const token = await provider.token({ roles: 'ops', customers: 'icfg_1', email: 'zoë@b.co' });
    const command = { token, body: { reason: 'try again' } };
    expect((await world.call('POST', `/api/v1/actions/${id}/retry`, command)).status).toBe(202);
    const { body } = await world.call('GET', `/api/v1/transitions?action=${id}`, { token });
    expect(body.items).toMatchObject([{ event: 'retry', reason: 'try again' }]);
    expect(body.items[0].actor).toMatch(/^operator:zo-@b\.co-[0-9a-f]{8}$/);
  });

  it.each<[string, string, () => Promise<string>]>([
    [
      'expired',
      'has expired',
      () => provider.forge({ roles: 'chiefs', exp: Math.floor(Date.now() / 1000) - 60 }),
    ],
    [
      'early',
      'is not valid yet',
      () => provider.forge({ roles: 'chiefs', nbf: Math.floor(Date.now() / 1000) + 60 }),
    ],
    [
      'for another audience',
      'is for another audience',
      () => provider.forge({ roles: 'chiefs', aud: 'urn:other' }),
    ],
    [
      'of another issuer',
      'is of another issuer',
      () => provider.forge({ roles: 'chiefs', iss: 'https://evil.example' }),
    ],
    ['without an end', 'has no exp', () => withoutExpiry()],
    ['unsigned', 'is signed with an algorithm that is not accepted', () => Promise.resolve(unsigned())],
    [
      'signed with the public key as a secret',
      'is signed with an algorithm that is not accepted',
      () => signedWithPublicKey(),
    ],
    [
      'signed with an unknown key',
      'is signed with a key that its issuer does not publish',
      () => signedWithOtherKey('unknown'),
    ],
    [
      'signed with another key under a known id',
      "has a signature that is not its issuer's",
      () => signedWithOtherKey(provider.key.kid),
    ],
    ['changed', "has a signature that is not its issuer's", () => changed()],
    ['of no person', 'has no sub, email or user name', () => provider.forge({ roles: 'chiefs', sub: '' })],
  ])('gets 401 when it is %s', async (_, why, make) => {
    const { status, headers, body } = await me(await make());
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="drawbridge", error="invalid_token", error_description="the token ${why}"`,
    ]);
    expect(body.type).toBe('urn:drawbridge:problem:unauthenticated');
  });

  it('is accepted with a small clock difference', async () => {
    const now = Math.floor(Date.now() / 1000);
    expect((await me(await provider.forge({ roles: 'ops', exp: now - 3, nbf: now + 3 }))).status).toBe(200);
  });

  it('ends its event stream when it expires', async () => {
    const exp = Math.floor(Date.now() / 1000) + 2;
    const headers = { authorization: `Bearer ${await provider.forge({ roles: 'ops', exp })}` };
    const response = await fetch(`${world.url}/api/v1/events`, { headers });
    expect(response.status).toBe(200);
    await response.text(); // The server ends the stream.
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000 - 50);
  });

  it('that has just expired gets 401 however many invalid tokens come from the same address', async () => {
    for (let n = 0; n < 40; n++) await me(`wrong-${n}`);
    expect((await me(await signedWithOtherKey('unknown'))).status).toBe(429);
    const expired = await provider.forge({ roles: 'ops', exp: Math.floor(Date.now() / 1000) - 60 });
    expect((await me(expired)).status).toBe(401);
    expect((await me(await provider.token({ roles: 'ops' }))).status).toBe(200);
  });

  it('is not repeated in a response', async () => {
    const token = await provider.forge({ roles: 'unknown', sub: 'x' });
    for (const bad of [token, `${token}x`])
      expect(JSON.stringify((await me(bad)).body)).not.toContain(bad.slice(0, 40));
  });

  function withoutExpiry(): Promise<string> {
    return new SignJWT({ iss: provider.issuer, aud: AUDIENCE, sub: 'x', roles: 'chiefs' })
      .setProtectedHeader({ alg: 'RS256', kid: provider.key.kid })
      .sign(provider.key.privateKey);
  }

  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = () => ({
    iss: provider.issuer,
    aud: AUDIENCE,
    sub: 'x',
    roles: ['chiefs'],
    exp: Math.floor(Date.now() / 1000) + 600,
  });

  const unsigned = (): string => `${encoded({ alg: 'none' })}.${encoded(claims())}.`;

  /** A server that uses the published key as an HMAC secret would accept this signature. */
  async function signedWithPublicKey(): Promise<string> {
    const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { keys: object[] };
    const input = `${encoded({ alg: 'HS256', kid: provider.key.kid })}.${encoded(claims())}`;
    return `${input}.${createHmac('sha256', JSON.stringify(keys[0])).update(input).digest('base64url')}`;
  }

  async function signedWithOtherKey(kid: string): Promise<string> {
    return provider.forge({ roles: 'chiefs' }, { key: await signingKey(kid) });
  }

  async function changed(): Promise<string> {
    const [header, , signature] = (await provider.token({ roles: 'readers' })).split('.');
    return `${header}.${encoded(claims())}.${signature}`;
  }
});

describe('the identity provider', () => {
  let own: TestIdentityProvider;
  let tokens: OidcTokens;
  beforeEach(async () => {
    own = await startIdentityProvider();
    tokens = new OidcTokens(configOf(own.issuer), new Set(), { cooldownMs: 50, timeoutMs: 500 });
  });
  afterEach(() => own.close());
  const kindOf = async (token: string): Promise<CheckedToken['kind']> => (await tokens.check(token)).kind;

  it('is requested once for simultaneous tokens, and not again for known keys', async () => {
    const token = await own.token({ roles: 'ops' });
    own.asked.clear();
    await Promise.all(Array.from({ length: 20 }, () => kindOf(token)));
    await kindOf(token);
    expect(Object.fromEntries(own.asked)).toEqual({ '/.well-known/openid-configuration': 1, '/jwks': 1 });
  });

  it('is not requested for a token of another issuer', async () => {
    const token = await own.forge({ iss: 'https://other.example' });
    own.asked.clear();
    expect([await kindOf(token), own.asked.size]).toEqual(['foreign', 0]);
  });

  it('can rotate its keys: the new key is accepted, the old one is not', async () => {
    const old = await own.token({ roles: 'ops' });
    expect(await kindOf(old)).toBe('operator');
    await own.rotate();
    const fresh = await own.token({ roles: 'ops' });
    await vi.waitFor(async () => expect(await kindOf(fresh)).toBe('operator'), { timeout: WAIT_MS });
    expect(await tokens.check(old)).toEqual({
      kind: 'foreign',
      why: 'is signed with a key that its issuer does not publish',
    });
  });

  it('is not requested more often than the cooldown allows for unknown keys', async () => {
    const withCooldown = new OidcTokens(configOf(own.issuer), new Set(), { cooldownMs: 60_000 });
    await withCooldown.check(await own.token({ roles: 'ops' }));
    const made = await Promise.all([1, 2, 3, 4, 5].map((n) => signingKey(`made-up-${n}`)));
    for (const key of made) await withCooldown.check(await own.forge({ roles: 'ops' }, { key }));
    expect(own.asked.get('/jwks')).toBe(1);
  });

  it('can publish several keys when a token names none', async () => {
    const other = await signingKey('other');
    const { d: _, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicOther } = other.jwk;
    own.interfere((request, response) => {
      if (request.url !== '/jwks') return false;
      const { d: _d, p: _1, q: _2, dp: _3, dq: _4, qi: _5, ...publicKey } = own.key.jwk;
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ keys: [publicOther, publicKey] }));
      return true;
    });
    const nameless = { header: { kid: undefined } };
    expect(await kindOf(await own.forge({ roles: 'ops' }, nameless))).toBe('operator');
    const unknown = await signingKey('unknown');
    expect(await tokens.check(await own.forge({ roles: 'ops' }, { ...nameless, key: unknown }))).toEqual({
      kind: 'foreign',
      why: 'has a signature that is not its issuer’s',
    });
  });

  it('can be down: known keys stay valid, unknown keys are unavailable until it is back', async () => {
    const token = await own.token({ roles: 'ops' });
    await own.down();
    expect(await kindOf(token)).toBe('unavailable');
    await own.up();
    expect(await kindOf(token)).toBe('operator');
    await own.down();
    expect(await kindOf(token)).toBe('operator');
    const unknown = await own.forge({ roles: 'ops' }, { key: await signingKey('unknown') });
    await vi.waitFor(async () => expect(await kindOf(unknown)).toBe('unavailable'), { timeout: WAIT_MS });
  });

  it.each<[string, string, string, string]>([
    [
      'its discovery document is not JSON',
      '/.well-known/openid-configuration',
      'no JSON',
      'its discovery document cannot be read',
    ],
    [
      'its discovery document lacks its keys',
      '/.well-known/openid-configuration',
      '{"issuer":"x"}',
      'it lacks issuer or jwks_uri',
    ],
    [
      'its discovery document names another issuer',
      '/.well-known/openid-configuration',
      '{"issuer":"https://x","jwks_uri":"https://x/k"}',
      'names another issuer',
    ],
    ['its keys are not a list', '/jwks', '{"keys":"none"}', 'its keys cannot be read'],
    ['its keys are not JSON', '/jwks', 'busy', 'its keys cannot be read'],
    [
      'its discovery document is larger than 256 KiB',
      '/.well-known/openid-configuration',
      `{"padding":"${'x'.repeat(256 * 1024)}"}`,
      'its discovery document cannot be read: it is larger than 256 KiB',
    ],
    [
      'its keys are larger than 256 KiB',
      '/jwks',
      `{"keys":[],"padding":"${'x'.repeat(256 * 1024)}"}`,
      'its keys cannot be read: it is larger than 256 KiB',
    ],
  ])('is unavailable while %s', async (_, path, body, text) => {
    const token = await own.token({ roles: 'ops' });
    own.interfere((request, response) => {
      if (request.url !== path) return false;
      response.setHeader('content-type', 'application/json').end(body);
      return true;
    });
    const checked = await tokens.check(token);
    expect(checked.kind === 'unavailable' ? checked.error.message : checked.kind).toContain(text);
    own.interfere(null);
    expect(await kindOf(token)).toBe('operator');
  });

  it('stops sending when its response is too large', async () => {
    const token = await own.token({ roles: 'ops' });
    let sent = 0;
    const cut = Promise.withResolvers<void>();
    own.interfere((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
      };
      response.on('drain', more).once('close', () => cut.resolve());
      more();
      return true;
    });
    const withTimeout = new OidcTokens(configOf(own.issuer), new Set(), { timeoutMs: 60_000 });
    expect(await withTimeout.check(token)).toMatchObject({ kind: 'unavailable' });
    await cut.promise;
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([
    ['with its id', 'weak'],
    ['without an id, beside a valid key', undefined],
  ])('can publish an RSA key of 1024 bits %s, whose tokens get 401', async (_, kid) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = { ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256', use: 'sig' };
    const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...valid } = own.key.jwk;
    own.interfere((request, response) => {
      if (request.url !== '/jwks') return false;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [weak, valid] }));
      return true;
    });
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 600;
    const claims = { iss: own.issuer, aud: AUDIENCE, sub: 'x', roles: 'chiefs', exp };
    const input = `${part({ alg: 'RS256', kid })}.${part(claims)}`;
    const token = `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
    const expected =
      kid === undefined
        ? { kind: 'foreign', why: 'has a signature that is not its issuer’s' }
        : {
            kind: 'invalid',
            why: 'is signed with a key that is not accepted: an RSA key must have at least 2048 bits',
          };
    expect(await tokens.check(token)).toEqual(expected);
    const nameless = await own.forge({ roles: 'ops' }, { header: { kid: undefined } });
    expect(await kindOf(nameless)).toBe('operator');
    const world = await startApp({ config: { oidc: configOf(own.issuer) } });
    try {
      expect((await world.call('GET', '/api/v1/me', { token })).status).toBe(401);
    } finally {
      await world.close();
    }
  });

  it('is unavailable when it does not respond in time', async () => {
    const token = await own.token({ roles: 'ops' });
    own.interfere(() => true);
    expect(await kindOf(token)).toBe('unavailable');
  });

  it('can be down when the server starts: its tokens get 503, other tokens work', async () => {
    const token = await own.token({ roles: 'ops' });
    await own.down();
    const world = await startApp({ config: { oidc: configOf(own.issuer) } });
    try {
      const { status, headers, body } = await world.call('GET', '/api/v1/me', { token });
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
      expect(body.detail).toBe('the identity provider does not respond; try again');
      expect((await world.call('GET', '/api/v1/me', { as: 'viewer' })).status).toBe(200);
      expect((await world.call('GET', '/api/v1/me', { token: 'no.jwt.atall' })).status).toBe(401);
      await own.up();
      expect((await world.call('GET', '/api/v1/me', { token })).status).toBe(200);
    } finally {
      await world.close();
    }
  });
});
