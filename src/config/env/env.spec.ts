import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { mistypedVariables, readEnvironment, VARIABLES, type EnvironmentVariables } from './env.js';
import { Problems } from '../problems.js';

function problemsOf(env: Record<string, string>): string {
  const problems = new Problems();
  readEnvironment(env, problems);
  try {
    problems.throwIfAny();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('an environment variable', () => {
  it.each([
    ['PORT', '0', 0],
    ['PORT', ' 8080 ', 8080],
    ['PORT', '', undefined],
    ['HOST', '::1', '::1'],
    ['ROLES', '', ''],
    ['LOG_LEVEL', 'debug', 'debug'],
    ['NODE_ENV', 'production', 'production'],
    ['DATABASE_URL', 'postgresql://u:p@h/d', 'postgresql://u:p@h/d'],
    ['VERCEL_API_URL', 'http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['PUBLIC_URL', 'https://drawbridge.example.com/base', 'https://drawbridge.example.com/base'],
  ] as [keyof EnvironmentVariables, string, unknown][])('%s=%j is read as %j', (name, text, expected) => {
    expect(readEnvironment({ [name]: text }, new Problems())[name]).toBe(expected);
    expect(problemsOf({ [name]: text })).toBe('');
  });

  it.each([
    ['PORT', 'http', 'environment: PORT: "http" is not a port number from 0 to 65535'],
    ['PORT', '65536', 'environment: PORT: 65536 is not a port number'],
    ['PORT', '-1', 'environment: PORT: "-1" is not a port number'],
    ['PORT', '0x50', 'environment: PORT: "0x50" is not a port number'],
    ['HOST', 'a b', 'environment: HOST: "a b" is not a host name or an address'],
    ['NODE_ENV', 'prod', 'environment: NODE_ENV: "prod" is none of development, test, production'],
    ['NODE_ENV', 'prodution', '(did you mean "production"?)'],
    [
      'LOG_LEVEL',
      'wran',
      '"wran" is none of fatal, error, warn, info, debug, trace, silent (did you mean "warn"?)',
    ],
    [
      'DATABASE_URL',
      'mysql://u:hidden@h/d',
      'DATABASE_URL: must be postgres://user:password@host:port/database',
    ],
    ['DATABASE_URL', 'hidden', 'DATABASE_URL: must be postgres://'],
    ['VERCEL_API_URL', 'api.vercel.com', 'VERCEL_API_URL: "api.vercel.com" is not an http or https URL'],
    ['VERCEL_MARKETPLACE_ISSUER', 'ftp://x.org', 'VERCEL_MARKETPLACE_ISSUER: "ftp://x.org" is not an http'],
    ['VERCEL_MARKETPLACE_JWKS_URL', 'x', 'VERCEL_MARKETPLACE_JWKS_URL: "x" is not an http'],
    ['PUBLIC_URL', '/here', 'PUBLIC_URL: "/here" is not an http'],
    ['VERCEL_INTEGRATION_ID', 'a b', 'VERCEL_INTEGRATION_ID: must be the integration id'],
  ])('%s=%j is reported as a problem', (name, text, message) => {
    const problems = problemsOf({ [name]: text });
    expect(problems).toContain(message);
    expect(problems).not.toContain('hidden');
  });

  it('is reported together with every other problem', () => {
    expect(problemsOf({ PORT: 'x', LOG_LEVEL: 'y', PUBLIC_URL: 'z' })).toContain('configuration: 3 problems');
  });
});

describe('mistypedVariables', () => {
  it.each([
    ['VERCEL_CLIENT_SECRETS', 'VERCEL_CLIENT_SECRET'],
    ['OPERATOR_TOKEN', 'OPERATOR_TOKENS'],
    ['ENCRYPTION_KEY', 'ENCRYPTION_KEYS'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['ROLE', 'ROLES'],
    ['log_level', 'LOG_LEVEL'],
  ])('reports %s as a mistyped %s', (name, meant) => {
    expect(mistypedVariables({ [name]: 'x' }, new Set())).toEqual([
      `environment: Drawbridge does not read ${name}: did you mean ${meant}?`,
    ]);
  });

  it.each(['PATH', 'HOME', 'USER', 'VERCEL_URL', 'HOSTNAME', 'PGPORT', 'PWD', ...VARIABLES])(
    'does not report %s',
    (name) => {
      expect(mistypedVariables({ [name]: 'x' }, new Set())).toEqual([]);
    },
  );

  it('ignores variables that actions.yaml reads, and variables set beside the right name', () => {
    expect(mistypedVariables({ DATABASE_URI: 'x' }, new Set(['DATABASE_URI']))).toEqual([]);
    expect(mistypedVariables({ DATABASE_URI: 'x', DATABASE_URL: 'y' }, new Set())).toEqual([]);
  });
});
