import { describe, expect, it } from 'vitest';
import { passwordFrom, scramVerifier } from './role.js';

describe('the password of a branch', () => {
  it('is the same for the same bytes and needs no escaping in a URL', () => {
    const derive = (): Uint8Array => new Uint8Array(32).fill(255);
    expect(passwordFrom(derive)).toBe(passwordFrom(derive));
    expect(passwordFrom(derive)).toMatch(/^[\w-]{43}$/);
  });

  it('is sent as the verifier of RFC 7677, and matches its published example', async () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    expect(await scramVerifier('pencil', salt)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$' +
        'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });
});
