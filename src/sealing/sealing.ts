import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

/** A key of 32 bytes and the id that is stored with each value that it encrypted. */
export interface SealingKey {
  readonly id: string;
  readonly key: Buffer;
}

interface PreparedKey {
  readonly id: string;
  readonly key: KeyObject;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** The context of an installation's token: a sealed token opens only for its own installation. */
export const tokenContext = (installationId: string): string => `installation:${installationId}:token`;

/** A sealed value that cannot be opened. The message contains neither the plaintext nor a key. */
export class SealingError extends Error {
  override readonly name = 'SealingError';
}

/**
 * Encrypts secrets before they are stored: access tokens, seeds of allocations. Uses AES-256-GCM with the
 * context as additional authenticated data, so that a value copied to another row does not open there.
 *
 * One `bytea` contains everything, in this order:
 *
 * | bytes | content |
 * | --- | --- |
 * | 1 | version of this layout: 1 |
 * | 1 | length of the key id, n |
 * | n | key id, UTF-8 |
 * | 12 | nonce, random |
 * | 16 | authentication tag |
 * | rest | ciphertext, as long as the plaintext |
 *
 * The nonces are random. One key may seal up to 2^32 values before the risk of a repeated nonce matters.
 */
export class Sealing {
  readonly #current: PreparedKey;
  readonly #keys: ReadonlyMap<string, PreparedKey>;

  /**
   * @param keys the first key seals, all keys open. Keep an old key until no value sealed with it is left.
   */
  constructor(keys: readonly SealingKey[]) {
    if (keys.length === 0) throw new Error('sealing: no key is given');
    for (const { id, key } of keys) check(id, key);
    const prepared = keys.map(({ id, key }) => ({ id, key: createSecretKey(key) }));
    this.#current = prepared[0] as PreparedKey;
    this.#keys = new Map(prepared.map((key) => [key.id, key]));
  }

  /**
   * Seals with the first key. `context` names the place of the value, such as `installation:icfg_1:token`.
   */
  seal(plaintext: string | Uint8Array, context: string): Buffer {
    const { id, key } = this.#current;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
    const encrypted = [cipher.update(plaintext), cipher.final()];
    const keyId = Buffer.from(id);
    return Buffer.concat([Buffer.of(VERSION, keyId.length), keyId, nonce, cipher.getAuthTag(), ...encrypted]);
  }

  /**
   * Opens a value that {@link seal} sealed under the same context.
   *
   * @throws SealingError when the key is unknown, or the bytes or the context were changed
   */
  open(sealed: Uint8Array, context: string): Buffer {
    const { keyId, nonce, tag, ciphertext } = partsOf(Buffer.from(sealed), context);
    const found = this.#keys.get(keyId);
    if (found === undefined) {
      throw new SealingError(
        `sealing: ${context} needs the key "${keyId}", which ENCRYPTION_KEYS does not contain`,
      );
    }
    const decipher = createDecipheriv('aes-256-gcm', found.key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    } catch (cause) {
      throw new SealingError(
        `sealing: ${context} does not open with the key "${keyId}": it was changed, moved, or ` +
          'sealed with another key',
        { cause },
      );
    }
  }

  /** Opens a sealed text, as {@link open} does. */
  openText(sealed: Uint8Array, context: string): string {
    return this.open(sealed, context).toString('utf8');
  }

  /**
   * The id of the key that sealed a value. If it is not the first key's, the value should be sealed again.
   */
  keyIdOf(sealed: Uint8Array): string {
    return partsOf(Buffer.from(sealed), 'the value').keyId;
  }
}

function check(id: string, key: Buffer): void {
  const length = Buffer.byteLength(id);
  if (length === 0 || length > 255) throw new Error(`sealing: the key id "${id}" is not 1 to 255 bytes long`);
  if (key.length !== KEY_BYTES) throw new Error(`sealing: the key "${id}" has ${key.length} bytes, not 32`);
}

interface Parts {
  keyId: string;
  nonce: Buffer;
  tag: Buffer;
  ciphertext: Buffer;
}

function partsOf(sealed: Buffer, context: string): Parts {
  const [version, idLength] = sealed;
  if (version !== VERSION || idLength === undefined) {
    throw new SealingError(`sealing: ${context} is not a sealed value of version 1`);
  }
  const nonceAt = 2 + idLength;
  const tagAt = nonceAt + NONCE_BYTES;
  const textAt = tagAt + TAG_BYTES;
  if (sealed.length < textAt)
    throw new SealingError(`sealing: ${context} is cut short at ${sealed.length} bytes`);
  return {
    keyId: sealed.toString('utf8', 2, nonceAt),
    nonce: sealed.subarray(nonceAt, tagAt),
    tag: sealed.subarray(tagAt, textAt),
    ciphertext: sealed.subarray(textAt),
  };
}

/**
 * Derives 32 bytes from `seed` and `label` (HKDF-SHA256 with the label as info). The result is the same after
 * a restart. Without the seed, it cannot be distinguished from random bytes.
 *
 * @param seed at least 16 random bytes
 * @throws Error for a shorter seed
 */
export function deriveBytes(seed: Uint8Array, label: string): Uint8Array {
  if (seed.length < 16) throw new Error(`sealing: a seed of ${seed.length} bytes is too short`);
  return new Uint8Array(hkdfSync('sha256', seed, '', label, 32));
}
