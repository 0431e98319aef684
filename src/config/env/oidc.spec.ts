import { describe, expect, it } from 'vitest';
import { readEnvironment } from './env.js';
import { oidcOf, type OidcConfig } from './oidc.js';
import { Problems } from '../problems.js';

const LEAST = {
  OPERATOR_OIDC_ISSUER: 'https://id.example.com/',
  OPERATOR_OIDC_AUDIENCE: 'drawbridge',
  OPERATOR_OIDC_ROLES: 'ops=operator',
};

function read(env: Record<string, string>): { oidc: OidcConfig | null; problems: string[] } {
  const problems = new Problems();
  const oidc = oidcOf(readEnvironment(env, problems), problems);
  return { oidc, problems: problems.all.map(({ path, text }) => `${path}: ${text}`) };
}

describe('OPERATOR_OIDC_*', () => {
  it('are null when none of them is set', () => {
    expect(read({})).toEqual({ oidc: null, problems: [] });
  });

  it('have defaults except for issuer, audience and roles; the issuer is not normalized', () => {
    expect(read(LEAST)).toEqual({
      oidc: {
        issuer: 'https://id.example.com/',
        audience: 'drawbridge',
        clientId: null,
        scope: 'openid profile email',
        roleClaim: 'roles',
        roles: new Map([['ops', 'operator']]),
        installationsClaim: null,
      },
      problems: [],
    });
  });

  it('accept claim values that contain =', () => {
    const { oidc } = read({ ...LEAST, OPERATOR_OIDC_ROLES: 'CN=a/OU=b=admin , all-staff = viewer' });
    expect([...(oidc?.roles ?? [])]).toEqual([
      ['CN=a/OU=b', 'admin'],
      ['all-staff', 'viewer'],
    ]);
  });

  it('are reported with all their problems at once', () => {
    const { problems } = read({
      OPERATOR_OIDC_ISSUER: 'id.example.com',
      OPERATOR_OIDC_SCOPE: 'profile',
      OPERATOR_OIDC_ROLES: 'a=amdin,b,c=viewer,c=admin,=viewer',
    });
    expect(problems).toEqual([
      expect.stringContaining('OPERATOR_OIDC_ISSUER: "id.example.com" is not an http or https URL'),
      'OPERATOR_OIDC_SCOPE: "profile" is not a list of scopes with openid, separated by single spaces',
      expect.stringContaining('OPERATOR_OIDC_AUDIENCE: is required with OPERATOR_OIDC_ISSUER'),
      'OPERATOR_OIDC_ROLES[0]: "amdin" is none of viewer, operator, admin (did you mean "admin"?)',
      expect.stringContaining('OPERATOR_OIDC_ROLES[1]: "b" is not claim value=role'),
      'OPERATOR_OIDC_ROLES[3]: the claim value "c" has a role already',
      expect.stringContaining('OPERATOR_OIDC_ROLES[4]: "=viewer" is not claim value=role'),
    ]);
  });

  it('are rejected without an issuer', () => {
    expect(read({ OPERATOR_OIDC_CLIENT_ID: 'console', OPERATOR_OIDC_ROLES: 'a=admin' }).problems).toEqual([
      'OPERATOR_OIDC_ROLES: has no effect without OPERATOR_OIDC_ISSUER',
      'OPERATOR_OIDC_CLIENT_ID: has no effect without OPERATOR_OIDC_ISSUER',
    ]);
  });

  it.each([
    ['http://id.example.com', ['OPERATOR_OIDC_ISSUER: must be an https URL with NODE_ENV=production']],
    ['http://127.0.0.1:4000', []],
    ['https://id.example.com', []],
  ])('require https in production outside loopback: %s', (issuer, problems) => {
    expect(read({ ...LEAST, NODE_ENV: 'production', OPERATOR_OIDC_ISSUER: issuer }).problems).toEqual(
      problems,
    );
  });
});
