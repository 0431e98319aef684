import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { rejectUnknownKeys } from '../config-keys.js';
import { problemOf, references } from '../template.js';
import { parseRange } from './probes/addresses.js';
import { duration } from './duration.js';
import { headers } from './probes/headers.js';
import { statuses, SUCCESS } from './status.js';
import { isUrl } from './url.js';

const MOST_PROBES = 20;
/** Less than BUILTIN_CALL_MS. */
const timeout = duration({ least: '10ms', most: '25s' });

/** A text with references. No issue repeats it: it may contain a secret from the environment. */
const template = (what: string) =>
  z
    .string({ error: `must be ${what}` })
    .min(1, { error: `must be ${what}` })
    .superRefine((text, context) => {
      const problem = problemOf(text);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    });

const urlTemplate = (what: string, protocols: readonly string[]) =>
  template(what).refine((text) => /\$\$?\{/.test(text) || isUrl(text, protocols), {
    error: `must be ${what}`,
  });

const plainText = (what: string) =>
  z
    .string({ error: `must be ${what}` })
    .min(1, { error: `must be ${what}` })
    .refine((text) => references(text).found.length === 0, { error: 'must not contain references' });

const certificate = z
  .string({ error: 'must be PEM certificates' })
  .refine(isCertificate, { error: 'must be PEM certificates' });

const tlsShape = { ca: certificate.optional(), servername: plainText('a host name').optional() };
const tls = z
  .looseObject(tlsShape, { error: 'must be an object with ca and servername' })
  .superRefine(rejectUnknownKeys(Object.keys(tlsShape)));

const common = {
  /** Prefixes the messages about this probe. */
  name: z
    .string({ error: 'must be a text' })
    .regex(/^[A-Za-z0-9][\w ./-]{0,39}$/, {
      error: 'must be up to 40 letters, digits, spaces and . / - _',
    })
    .optional(),
  timeout: timeout.optional(),
};

const httpShape = {
  type: z.literal('http'),
  url: urlTemplate('an HTTP or HTTPS URL', ['http:', 'https:']),
  method: z.enum(['GET', 'HEAD'], { error: 'must be GET or HEAD' }).default('GET'),
  status: statuses.default(SUCCESS),
  body: z
    .union([template('a text'), z.strictObject({ matches: regularExpression() })], {
      error: 'must be a text that the body contains, or { matches: a regular expression }',
    })
    .optional(),
  headers: headers(template('a text')).optional(),
  tls: tls.optional(),
  ...common,
};
const http = z
  .looseObject(httpShape)
  .superRefine(rejectUnknownKeys(Object.keys(httpShape)))
  .refine(({ method, body }) => method !== 'HEAD' || body === undefined, {
    path: ['body'],
    error: 'cannot be checked with method HEAD',
  });

const portError = { error: 'must be a port from 1 to 65535' };
const tcpShape = {
  type: z.literal('tcp'),
  host: template('a host name or an address'),
  port: z.union([z.int().min(1).max(65_535), template('a port')], portError),
  tls: z
    .union([z.boolean(), tls], { error: 'must be true, or an object with ca and servername' })
    .default(false),
  ...common,
};
const tcp = z.looseObject(tcpShape).superRefine(rejectUnknownKeys(Object.keys(tcpShape)));

const postgresShape = {
  type: z.literal('postgres'),
  url: urlTemplate('a Postgres URL such as postgresql://user:password@host:port/database', [
    'postgres:',
    'postgresql:',
  ]),
  query: plainText('a query').default('select 1'),
  expect: template('a text; put a number, true or false in quotes').optional(),
  tls: tls.optional(),
  ...common,
};
const postgres = z.looseObject(postgresShape).superRefine(rejectUnknownKeys(Object.keys(postgresShape)));

const types = 'must be http, tcp or postgres';
const probes = z
  .array(z.discriminatedUnion('type', [http, tcp, postgres], { error: (issue) => typeError(issue.input) }), {
    error: 'must be a list of probes',
  })
  .min(1, { error: 'must contain at least one probe' })
  .max(MOST_PROBES, { error: `must contain at most ${MOST_PROBES} probes` });

const allowed = z.string({ error: 'must be a text' }).refine(isAllowable, {
  error: 'must be a host name, *.example.com, an address, or a range such as 10.0.0.0/8',
});

const successes = 'must be a whole number from 1 to 100';
const shape = {
  probes,
  successes: z
    .int({ error: successes })
    .min(1, { error: successes })
    .max(100, { error: successes })
    .default(1),
  interval: duration({ least: '100ms', most: '10m' }).default(1_000),
  timeout: timeout.default(5_000),
  allow: z.array(allowed, { error: 'must be a list of host names, addresses and ranges' }).default([]),
};

export const configSchema = z.looseObject(shape).superRefine(rejectUnknownKeys(Object.keys(shape)));

export type ReadinessConfig = z.infer<typeof configSchema>;
export type ProbeConfig = ReadinessConfig['probes'][number];
export type HttpProbeConfig = z.infer<typeof http>;
export type TcpConfig = z.infer<typeof tcp>;
export type PostgresConfig = z.infer<typeof postgres>;

function typeError(input: unknown): string {
  return typeof input === 'object' && input !== null ? types : 'must be a probe: an object with a type';
}

function regularExpression() {
  return plainText('a regular expression').refine(isRegularExpression, {
    error: 'is not a valid regular expression',
  });
}

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false; // The error is the answer.
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== '';
  } catch {
    return false; // The error is the answer.
  }
}

function isAllowable(text: string): boolean {
  const name = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
  return parseRange(text) !== null || (name.test(text) && !/^[\d.]+$/.test(text));
}
