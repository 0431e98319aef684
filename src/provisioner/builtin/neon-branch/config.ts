import { z } from 'zod';
import { rejectUnknownKeys } from '../config-keys.js';
import { problemOf, references } from '../template.js';

/** Fields that differ between deployments of one branch: with them one branch could get two names. */
const UNSHARED = ['deployment.id', 'deployment.url', 'deployment.gitSha'];
const DAYS_7 = 604_800;

const text = (what: string) => z.string({ error: `must be ${what}` }).min(1, `must be ${what}`);
const units = z.number({ error: 'must be a number of compute units' }).min(0.25, 'must be 0.25 or more');

const computeShape = { min: units, max: units };
const compute = z
  .looseObject(computeShape, { error: 'must be an object with min and max' })
  .superRefine(rejectUnknownKeys(Object.keys(computeShape)))
  .refine(({ min, max }) => min <= max, { path: ['max'], error: 'must not be less than min' });

const suspendAfter = z.union(
  [z.literal('never'), z.number().int().min(60).max(DAYS_7)],
  `must be whole seconds from 60 to ${DAYS_7}, or never`,
);

const shape = {
  /** An API key that may create, read and delete branches of the project. No issue repeats the value. */
  apiKey: text('an API key of Neon').regex(/^[\x21-\x7e]+$/, 'must be an API key of Neon: one word'),
  project: z
    .string({ error: 'must be the id of a Neon project' })
    .regex(/^[a-z0-9-]{1,60}$/, 'must be the id of a Neon project, such as shiny-wind-028834'),
  /** Id or name of the branch to copy. Default: the project's default branch. */
  parent: text('the name or the id of a branch').optional(),
  /** Default: `neondb` if it exists, else the oldest database of the branch. */
  database: text('the name of a database').optional(),
  /** Default: the owner of the database. */
  role: text('the name of a role').optional(),
  compute: compute.optional(),
  suspendAfter: suspendAfter.optional(),
  /** Prefixes the name of each variable. */
  prefix: z
    .string({ error: 'must be letters, digits and _' })
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and _, and must not begin with a digit')
    .default(''),
  /** Template of the branch's name. The key replaces a value that a deployment does not have. */
  name: text('a template of a branch name').superRefine(checkName).default('preview/${deployment.gitRef}'),
  apiUrl: z
    .string({ error: 'must be an HTTP or HTTPS URL' })
    .refine(isHttpUrl, { error: 'must be an HTTP or HTTPS URL without user, query and fragment' })
    .default('https://console.neon.tech/api/v2'),
};

export const configSchema = z.looseObject(shape).superRefine(rejectUnknownKeys(Object.keys(shape)));

export type NeonConfig = z.infer<typeof configSchema>;

function checkName(template: string, context: z.RefinementCtx<string>): void {
  const problem = problemOf(template) ?? unshared(template);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
}

function unshared(template: string): string | null {
  const path = references(template).found.find((reference) => UNSHARED.includes(reference.path))?.path;
  if (path === undefined) return null;
  return `\${${path}} differs between deployments that share a branch; use \${allocation.key}`;
}

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}
