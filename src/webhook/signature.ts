import { createHmac, timingSafeEqual } from 'node:crypto';

const HEX_SHA1 = /^[0-9a-f]{40}$/;

/** The value of `x-vercel-signature` for these bytes. */
export const sign = (body: Uint8Array, secret: string): string => digest(body, secret).toString('hex');

/** Whether the text has the form of a signature. */
export const isSignature = (text: string | undefined): text is string =>
  text !== undefined && HEX_SHA1.test(text);

/**
 * Whether Vercel signed these bytes: `x-vercel-signature` is the lower-case hex HMAC-SHA1 of the raw body
 * with the integration's client secret. Tries every secret, so that the response time does not reveal which
 * one matches.
 */
export function isSigned(
  body: Uint8Array,
  signature: string | undefined,
  secrets: readonly string[],
): boolean {
  if (!isSignature(signature)) return false;
  const given = Buffer.from(signature, 'hex');
  let matches = false;
  for (const secret of secrets) {
    const expected = digest(body, secret);
    matches = timingSafeEqual(given, expected) || matches;
  }
  return matches;
}

const digest = (body: Uint8Array, secret: string): Buffer => createHmac('sha1', secret).update(body).digest();
