import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveBytes, Sealing, SealingError } from './sealing.js';

const key = (id: string): { id: string; key: Buffer } => ({ id, key: randomBytes(32) });
const CONTEXT = 'installation:icfg_1:token';

describe('Sealing', () => {
  it('opens any sealed bytes with their context', () => {
    const sealing = new Sealing([key('k1')]);
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, context) => {
        expect(sealing.open(sealing.seal(bytes, context), context)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('opens a sealed text unchanged', () => {
    const sealing = new Sealing([key('k1')]);
    expect(sealing.openText(sealing.seal('ümläut 🗝', CONTEXT), CONTEXT)).toBe('ümläut 🗝');
  });

  it('hides the plaintext and seals it differently each time', () => {
    const sealing = new Sealing([key('k1')]);
    const [one, two] = [sealing.seal('a token', CONTEXT), sealing.seal('a token', CONTEXT)];
    expect(one.includes('a token')).toBe(false);
    expect(one.equals(two)).toBe(false);
  });

  it('stores a value in the documented layout', () => {
    const sealed = new Sealing([key('key-2026')]).seal('abc', CONTEXT);
    expect([...sealed.subarray(0, 2)]).toEqual([1, 8]);
    expect(sealed.toString('utf8', 2, 10)).toBe('key-2026');
    expect(sealed.length).toBe(2 + 8 + 12 + 16 + 3);
  });

  it('seals with the first key and opens with any', () => {
    const [older, newer] = [key('older'), key('newer')];
    const before = new Sealing([older]).seal('a token', CONTEXT);
    const rotated = new Sealing([newer, older]);
    expect(rotated.openText(before, CONTEXT)).toBe('a token');
    expect(rotated.keyIdOf(before)).toBe('older');
    expect(rotated.keyIdOf(rotated.seal('a token', CONTEXT))).toBe('newer');
  });

  it('names the key that is missing', () => {
    const sealed = new Sealing([key('older')]).seal('a token', CONTEXT);
    const open = (): unknown => new Sealing([key('newer')]).open(sealed, CONTEXT);
    expect(open).toThrow(SealingError);
    expect(open).toThrow(`sealing: ${CONTEXT} needs the key "older", which ENCRYPTION_KEYS does not contain`);
  });

  it('rejects a value that was moved to another context', () => {
    const sealing = new Sealing([key('k1')]);
    const sealed = sealing.seal('a token', 'installation:icfg_1:token');
    expect(() => sealing.open(sealed, 'installation:icfg_2:token')).toThrow(SealingError);
  });

  it('rejects another key with the same id', () => {
    const sealed = new Sealing([key('k1')]).seal('a token', CONTEXT);
    expect(() => new Sealing([key('k1')]).open(sealed, CONTEXT)).toThrow(
      /changed, moved, or sealed with another/,
    );
  });

  it('rejects a value with any single bit changed or any part missing', () => {
    const sealing = new Sealing([key('k1')]);
    const sealed = sealing.seal('a token', CONTEXT);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => sealing.open(changed, CONTEXT), `bit ${bit}`).toThrow(SealingError);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => sealing.open(sealed.subarray(0, length), CONTEXT), `${length} bytes`).toThrow(
        SealingError,
      );
    }
  });

  it.each([
    [[], 'sealing: no key is given'],
    [[{ id: '', key: randomBytes(32) }], 'sealing: the key id "" is not 1 to 255 bytes long'],
    [[{ id: 'x'.repeat(256), key: randomBytes(32) }], 'is not 1 to 255 bytes long'],
    [[{ id: 'k1', key: randomBytes(16) }], 'sealing: the key "k1" has 16 bytes, not 32'],
  ])('rejects invalid keys (%#)', (keys, message) => {
    expect(() => new Sealing(keys)).toThrow(message);
  });
});

describe('deriveBytes', () => {
  const seed = randomBytes(32);

  it('returns 32 bytes that depend on seed and label alone', () => {
    expect(deriveBytes(seed, 'password')).toHaveLength(32);
    expect(deriveBytes(seed, 'password')).toEqual(deriveBytes(Buffer.from(seed), 'password'));
    expect(deriveBytes(seed, 'password')).not.toEqual(deriveBytes(seed, 'user'));
    expect(deriveBytes(seed, 'password')).not.toEqual(deriveBytes(randomBytes(32), 'password'));
  });

  it('is HKDF-SHA256 of RFC 5869', () => {
    const extracted = createHmac('sha256', Buffer.alloc(32)).update(seed).digest();
    const expanded = createHmac('sha256', extracted).update('password').update(Buffer.of(1)).digest();
    expect(Buffer.from(deriveBytes(seed, 'password'))).toEqual(expanded);
  });

  it('rejects a seed that is too short', () => {
    expect(() => deriveBytes(Buffer.alloc(8), 'password')).toThrow('a seed of 8 bytes is too short');
  });
});
