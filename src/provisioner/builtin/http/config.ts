import { z } from 'zod';
import { BUILTIN_CALL_MS } from '../../limits.js';
import { rejectUnknownKeys } from '../config-keys.js';

/** No issue repeats a value: a URL may contain a token. */
const url = z
  .string({ error: 'must be a URL such as https://provisioner.example.com' })
  .superRefine((text, context) => {
    const problem = urlProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

const SECRET_FORM =
  'must be whsec_ and the base64 of 24 to 64 random bytes; while you replace a secret, list ' +
  'both, or separate them by a space';

const secret = z
  .union([z.string(), z.array(z.string())], { error: SECRET_FORM })
  .transform((given) => (typeof given === 'string' ? given.trim().split(/\s+/) : given))
  .refine((secrets) => secrets.length > 0 && secrets.every(isSecret), { error: SECRET_FORM });

const LABEL_FORM = 'must be a list of up to 20 different labels: letters, digits, dot, dash and _';

const derive = z
  .array(z.string({ error: LABEL_FORM }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, LABEL_FORM), {
    error: LABEL_FORM,
  })
  .max(20, LABEL_FORM)
  .refine((labels) => new Set(labels).size === labels.length, { error: LABEL_FORM });

const TIMEOUT_FORM = `must be whole milliseconds from 100 to ${BUILTIN_CALL_MS}`;

const shape = {
  /** The URL of the provisioner, to which `/provision` and the other verbs are appended. */
  url,
  /** Secrets of Standard Webhooks. Each request has a signature with each of them. */
  secret,
  /** The labels whose derived bytes each request carries. */
  derive: derive.default(['password']),
  /** True when the server supports `GET /check`. */
  check: z.boolean({ error: 'must be true or false' }).default(false),
  /** True when the server supports `GET /keys`. */
  list: z.boolean({ error: 'must be true or false' }).default(false),
  /** Milliseconds for one call, from the wait for a connection to the last byte of the answer. */
  timeoutMs: z
    .int({ error: TIMEOUT_FORM })
    .min(100, TIMEOUT_FORM)
    .max(BUILTIN_CALL_MS, TIMEOUT_FORM)
    .default(BUILTIN_CALL_MS),
};

export const configSchema = z.looseObject(shape).superRefine(rejectUnknownKeys(Object.keys(shape)));

export type HttpConfig = z.infer<typeof configSchema>;

function urlProblem(text: string): string | null {
  const parsed = URL.parse(text);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    return 'must be a URL such as https://provisioner.example.com';
  if (parsed.username !== '' || parsed.password !== '')
    return 'must not contain user and password; requests are signed instead';
  if (/[?#]/.test(text)) return 'must not have a query or fragment; the verb is appended to the path';
  return null;
}

function isSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const base64 = text.slice('whsec_'.length);
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64;
}
