import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

export type RemoteVerb = 'provision' | 'deprovision' | 'check' | 'keys';

/**
 * Returns the headers of Standard Webhooks for one request. The id begins with the verb and the signature
 * covers it, so a signed request is not valid on another path. The id ends with random bytes of this call.
 */
export function sign(
  verb: RemoteVerb,
  { key, body, secrets }: { key?: string; body: string; secrets: readonly string[] },
): Record<string, string> {
  const id = [verb, ...(key === undefined ? [] : [key]), randomBytes(12).toString('hex')].join('_');
  const now = new Date();
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, now, body));
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': signatures.join(' '),
  };
}
