import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'x-vercel-signature';

/**
 * The value of `x-vercel-signature`: HMAC-SHA1 over the raw bytes of the body, keyed with the integration's
 * client secret, as 40 lower-case hex characters without a prefix (contract 1.4).
 */
export function sign(body: string | Buffer, clientSecret: string): string {
  return createHmac('sha1', clientSecret).update(body).digest('hex');
}
