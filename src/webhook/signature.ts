import { createHmac, timingSafeEqual } from 'node:crypto';

const HEX_SHA1 = /^[0-9a-f]{40}$/;

/** The `x-vercel-signature` of these bytes. */
export const sign = (body: Uint8Array, secret: string): string => digest(body, secret).toString('hex');

/** Whether the text has the form of a signature. */
export const isSignature = (text: string | undefined): text is string =>
  text !== undefined && HEX_SHA1.test(text);

/**
 * Whether Vercel signed these bytes: `x-vercel-signature` is the lower-case hex HMAC-SHA1 of the raw body under the
 * integration's client secret. Tries every secret, so that the time of the answer does not reveal which one matches.
 */
export function isSigned(
  body: Uint8Array,
  signature: string | undefined,
  secrets: readonly string[],
): boolean {
  if (!isSignature(signature)) return false;
  const given = Buffer.from(signature, 'hex');
  let fits = false;
  for (const secret of secrets) {
    const expected = digest(body, secret);
    fits = timingSafeEqual(given, expected) || fits;
  }
  return fits;
}

const digest = (body: Uint8Array, secret: string): Buffer => createHmac('sha1', secret).update(body).digest();
