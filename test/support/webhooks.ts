import { createHmac } from 'node:crypto';
import { SECRET } from './world.js';

/** Returns the signature that Vercel sends with this body. */
export const signatureOf = (body: string | Uint8Array, secret = SECRET): string =>
  createHmac('sha1', secret).update(body).digest('hex');

/** Posts a webhook to Drawbridge at `url`, by default with a valid signature. */
export function postWebhook(url: string, body: string, signature = signatureOf(body)): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-vercel-signature': signature };
  return fetch(`${url}/webhooks/vercel`, { method: 'POST', body, headers });
}
