import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { EncryptionKey } from '../config/secrets/secrets.js';

const ID_BYTES = 16;
const MAC_BYTES = 16;
const LABEL = 'drawbridge status page';

/**
 * Tokens of status pages: an action's id and a MAC of it, so that no token has to be stored and none can be
 * forged without an encryption key. 43 characters of base64url, 128 bits of which cannot be guessed. The
 * token of an action stays the same until the first key changes.
 */
export class StatusTokens {
  private readonly keys: readonly Uint8Array[];

  /** @param keys the first creates tokens, all are accepted: links work until their key is removed */
  constructor(keys: readonly EncryptionKey[]) {
    this.keys = keys.map(({ key }) => new Uint8Array(hkdfSync('sha256', key, '', LABEL, 32)));
  }

  mint(actionId: string): string {
    const id = Buffer.from(actionId.replaceAll('-', ''), 'hex');
    return Buffer.concat([id, macOf(id, this.keys[0] as Uint8Array)]).toString('base64url');
  }

  /** Returns the action's id; null if the token was not created with one of the keys. */
  actionOf(token: string): string | null {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length !== ID_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) return null;
    const [id, mac] = [bytes.subarray(0, ID_BYTES), bytes.subarray(ID_BYTES)];
    const known = this.keys.map((key) => timingSafeEqual(macOf(id, key), mac)).includes(true);
    return known ? dashed(id.toString('hex')) : null;
  }
}

function macOf(id: Uint8Array, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(id).digest().subarray(0, MAC_BYTES);
}

const dashed = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
