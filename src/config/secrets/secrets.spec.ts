import { describe, expect, it } from 'vitest';
import { ConfigError, Problems } from '../problems.js';
import { parseClientSecrets, parseEncryptionKeys, parseOperatorTokens } from './secrets.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const HASH = 'ab'.repeat(32);

function read<T>(
  parser: (list: string, source: string, to: Problems) => T,
  list: string,
): { value: T; error: string } {
  const problems = new Problems();
  const value = parser(list, 'environment', problems);
  try {
    problems.throwIfAny();
    return { value, error: '' };
  } catch (error) {
    return { value, error: (error as ConfigError).message };
  }
}

describe('VERCEL_CLIENT_SECRET', () => {
  it.each([
    ['one', ['one']],
    [' new , old ,', ['new', 'old']],
  ])('%j is read as %j', (list, expected) => {
    expect(read(parseClientSecrets, list)).toEqual({ value: expected, error: '' });
  });

  it('is rejected without any secret', () => {
    expect(read(parseClientSecrets, ' ,').error).toContain(
      'environment: VERCEL_CLIENT_SECRET: contains no secret',
    );
  });
});

describe('ENCRYPTION_KEYS', () => {
  it('is read as ids and 32 bytes each, in order, padded or not', () => {
    const { value, error } = read(parseEncryptionKeys, `b:${KEY}, a:${KEY.replace('=', '')}`);
    expect(error).toBe('');
    expect(value.map(({ id, key }) => [id, key.length])).toEqual([
      ['b', 32],
      ['a', 32],
    ]);
  });

  it.each([
    [',', 'ENCRYPTION_KEYS: contains no key'],
    [KEY, 'ENCRYPTION_KEYS[0]: expected id:base64(32 bytes)'],
    [`a b:${KEY}`, 'ENCRYPTION_KEYS[0]: expected id:base64(32 bytes)'],
    [`a:${KEY},b:dG9vIHNob3J0`, 'ENCRYPTION_KEYS[1]: the key "b" is not 32 bytes in base64'],
    [`a:${'*'.repeat(44)}`, 'ENCRYPTION_KEYS[0]: the key "a" is not 32 bytes in base64'],
    [`a:${KEY},a:${KEY}`, 'ENCRYPTION_KEYS: two keys have the id "a"'],
  ])('%j is rejected without quoting a key', (list, message) => {
    const { error } = read(parseEncryptionKeys, list);
    expect(error).toContain(message);
    for (const secret of [KEY, 'dG9vIHNob3J0']) expect(error).not.toContain(secret);
  });
});

describe('OPERATOR_TOKENS', () => {
  it('is read as names, roles, hashes in lower case and installations', () => {
    const { value, error } = read(
      parseOperatorTokens,
      `alice:admin:${HASH.toUpperCase()},bob@x:viewer:${'0'.repeat(64)}:icfg_a+icfg_b`,
    );
    expect(error).toBe('');
    expect(value).toEqual([
      { name: 'alice', role: 'admin', sha256: HASH, installations: null },
      {
        name: 'bob@x',
        role: 'viewer',
        sha256: '0'.repeat(64),
        installations: new Set(['icfg_a', 'icfg_b']),
      },
    ]);
  });

  it.each([
    [' ', 'OPERATOR_TOKENS: contains no operator'],
    [`:admin:${HASH}`, 'OPERATOR_TOKENS[0]: expected name:role:sha256hex'],
    [`a:admin:${HASH}:x:y`, 'OPERATOR_TOKENS[0]: expected name:role:sha256hex'],
    [`a:admin:${HASH}:`, 'OPERATOR_TOKENS[0]: the fourth part must be installations joined by "+"'],
    [`a:admin:${HASH}:icfg_a+`, 'OPERATOR_TOKENS[0]: the fourth part must be installations joined by "+"'],
    [`a:amdin:${HASH}`, 'the role is none of viewer, operator, admin (did you mean "admin"?)'],
    ['a:admin:the-plain-token', 'the third part must be the SHA-256 of the token'],
    ['the-plain-token', 'the role is none of viewer, operator, admin'],
    [`a:admin:${HASH},b:viewer:${HASH}`, 'OPERATOR_TOKENS: two operators have the same token'],
  ])('%j is rejected without quoting a token', (list, message) => {
    const { error } = read(parseOperatorTokens, list);
    expect(error).toContain(message);
    for (const secret of [HASH, 'the-plain-token']) expect(error).not.toContain(secret);
  });
});
