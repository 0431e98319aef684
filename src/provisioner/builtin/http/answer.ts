/** The schemas of the protocol's answers. A test compares them with docs/http-provisioner.openapi.yaml. */
import { z } from 'zod';
import type { Json } from '../../provisioner.js';

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const KEY = /^[a-z0-9-]{1,63}$/;

const message = z.string({ error: 'must be a text' }).regex(/\S/, 'must not be blank');
/** Any JSON value. */
const json = z.custom<Json>((value) => value !== undefined, {
  error: 'is missing; send null when the plugin needs no state',
});
const secretValue = z.string({ error: 'must be a text' }).min(1, 'must not be empty; leave the secret out');

const ready = z.strictObject({
  status: z.literal('ready'),
  handle: json,
  secrets: z
    .record(z.string().regex(ENV_NAME), secretValue, { error: 'must be an object of names and texts' })
    .exactOptional(),
  message: message.exactOptional(),
});
const pending = z.strictObject({
  status: z.literal('pending'),
  handle: json.exactOptional(),
  message,
  retryAfterMs: z
    .number({ error: 'must be a number of milliseconds' })
    .positive('must be a positive number of milliseconds'),
});
const failed = z.strictObject({ status: z.literal('failed'), message });

export const provisionAnswer = z.discriminatedUnion('status', [ready, pending, failed], {
  error: 'must be an object with status ready, pending or failed',
});
export const deprovisionAnswer = z.discriminatedUnion(
  'status',
  [z.strictObject({ status: z.literal('gone') }), pending, failed],
  { error: 'must be an object with status gone, pending or failed' },
);
export const checkAnswer = z.discriminatedUnion(
  'status',
  [z.strictObject({ status: z.literal('ok') }), failed],
  { error: 'must be an object with status ok or failed' },
);
export const keysAnswer = z.strictObject(
  {
    keys: z.array(z.string({ error: 'must be a key' }).regex(KEY, 'must be a key'), {
      error: 'must be a list',
    }),
  },
  { error: 'must be an object with keys' },
);

export type Failed = z.infer<typeof failed>;

/** Describes an issue without any value of the answer, which contains secrets. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).filter((part) => ENV_NAME.test(part) || /^\d+$/.test(part));
  const at = path.length === 0 ? '' : `${path.join('.')}: `;
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${at}unknown key ${issue.keys.filter((key) => ENV_NAME.test(key)).join(', ')}`.trimEnd();
    case 'invalid_key':
      return 'secrets: a name cannot be an environment variable; use letters, digits and _';
    default:
      return `${at}${issue.message}`;
  }
}
