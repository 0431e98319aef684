import { hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { open, seal } from './sealing.js';

const keyed = (key: string, seed = 'seed') => ({
  key,
  derive: (label: string) => new Uint8Array(hkdfSync('sha256', seed, key, label, 32)),
});
const secrets = { DATABASE_URL: 'postgresql://u:hunter2@db/x', PGSSLMODE: null };

describe('sealed secrets', () => {
  it('open with the key and step that they were sealed for, and reveal nothing', () => {
    const sealed = seal(secrets, 'branch', keyed('k1'));
    expect(open(sealed, 'branch', keyed('k1'))).toEqual(secrets);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('hunter2');
    expect(seal(secrets, 'branch', keyed('k1'))).not.toBe(sealed);
  });

  it.each([
    ['another step', 'other', keyed('k1')],
    ['another key', 'branch', { ...keyed('k1'), key: 'k2' }],
    ['another seed', 'branch', keyed('k1', 'other seed')],
  ])('do not open with %s', (_, step, request) => {
    const sealed = seal(secrets, 'branch', keyed('k1'));
    expect(() => open(sealed, step, request)).toThrow(
      /step (branch|other): the secrets in the handle cannot be decrypted/,
    );
  });

  it.each(['', 'AAAA', 'not base64 at all'])('do not open when the text is %j', (text) => {
    expect(() => open(text, 'branch', keyed('k1'))).toThrow(/cannot be decrypted/);
  });
});
