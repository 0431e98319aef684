import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { StatusTokens } from './status-token.js';

const key = (id: string) => ({ id, key: randomBytes(32) });
const [older, newer] = [key('older'), key('newer')];
const ID = randomUUID();

describe('a token of a status page', () => {
  it('names its action, is always the same, and has 43 characters that need no escaping in a URL', () => {
    const tokens = new StatusTokens([older]);
    const token = tokens.mint(ID);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(tokens.mint(ID)).toBe(token);
    expect(tokens.actionOf(token)).toBe(ID);
  });

  it('stays valid after a key rotation until the key is removed', () => {
    const token = new StatusTokens([older]).mint(ID);
    expect(new StatusTokens([newer, older]).actionOf(token)).toBe(ID);
    expect(new StatusTokens([newer]).actionOf(token)).toBeNull();
  });

  it('is rejected with any changed bit, as is any other text', () => {
    const tokens = new StatusTokens([older]);
    const bytes = Buffer.from(tokens.mint(ID), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(tokens.actionOf(changed.toString('base64url')), `bit ${bit}`).toBeNull();
    }
    const token = tokens.mint(ID);
    for (const other of ['', ID, `${token}=`, `${token}A`, token.slice(1), `${token.slice(0, -1)}!`])
      expect(tokens.actionOf(other), other).toBeNull();
  });

  it('differs from key to key', () => {
    expect(new StatusTokens([older]).mint(ID)).not.toBe(new StatusTokens([newer]).mint(ID));
  });
});
