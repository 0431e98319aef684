/**
 * Encrypts the secrets of a step that later ones refer to, for the handle: AES-256-GCM with a key derived
 * for this sequence's key, which no longer exists when the allocation is closed. The ciphertext is bound to
 * the key and the step.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DeprovisionRequest } from '../../provisioner.js';

/** Secrets by name; null for one that the step did not return. */
export type SealedSecrets = Readonly<Record<string, string | null>>;

type Keyed = Pick<DeprovisionRequest, 'key' | 'derive'>;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function seal(secrets: SealedSecrets, step: string, request: Keyed): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', request.derive('sequence'), nonce).setAAD(
    context(request, step),
  );
  const encrypted = [cipher.update(JSON.stringify(secrets)), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...encrypted]).toString('base64url');
}

/** Decrypts. Throws when the text was changed or sealed for another key or step. */
export function open(text: string, step: string, request: Keyed): SealedSecrets {
  const bytes = Buffer.from(text, 'base64url');
  const textAt = NONCE_BYTES + TAG_BYTES;
  try {
    const decipher = createDecipheriv(
      'aes-256-gcm',
      request.derive('sequence'),
      bytes.subarray(0, NONCE_BYTES),
      {
        authTagLength: TAG_BYTES,
      },
    );
    decipher.setAAD(context(request, step)).setAuthTag(bytes.subarray(NONCE_BYTES, textAt));
    const opened = Buffer.concat([decipher.update(bytes.subarray(textAt)), decipher.final()]);
    return JSON.parse(opened.toString('utf8')) as SealedSecrets;
  } catch (error) {
    throw new Error(`sequence: step ${step}: the secrets in the handle cannot be decrypted`, {
      cause: error,
    });
  }
}

const context = ({ key }: Keyed, step: string): Buffer =>
  Buffer.from(JSON.stringify(['sequence', key, step]));
