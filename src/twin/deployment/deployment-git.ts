import {
  integer,
  object,
  oneOf,
  optional,
  orNull,
  required,
  text,
  Wrong,
  type Reader,
} from '../api/check.js';
import type { TwinDeployment } from './deployment.js';

const id: Reader<string | number> = (value, path) => {
  if (Number.isSafeInteger(value)) return value as number;
  if (typeof value === 'string' && value !== '') return value;
  throw new Wrong(`${path} must be a whole number or a non-empty string`);
};

/** The types of gitSource in the newest published client of Vercel's API. */
const TYPES = [
  'github',
  'github-custom-host',
  'github-limited',
  'gitlab',
  'bitbucket',
  'vercel',
  'cursor-origin',
  'custom',
] as const;

/** A `gitSource` of contract 3. `ref` and `sha` default to those of the deployment. */
export const gitSource = object({
  type: required(oneOf(...TYPES)),
  ref: optional(orNull(text)),
  sha: optional(text),
  prId: optional(orNull(integer(1, Number.MAX_SAFE_INTEGER))),
  repoId: optional(id),
  org: optional(text),
  repo: optional(text),
  host: optional(text),
  projectId: optional(id),
  repoUuid: optional(text),
  workspaceUuid: optional(text),
  owner: optional(text),
  slug: optional(text),
  gitUrl: optional(text),
});
export type GitSource = ReturnType<typeof gitSource>;

/** A custom environment. Without a slug, it is the short form that Vercel may use. */
export const customEnvironment = object({ id: required(text), slug: optional(text) });
export type CustomEnvironment = ReturnType<typeof customEnvironment>;

/**
 * The git fields of the API: the requested form, or that of a push to GitHub, or that of the command line.
 */
export function gitOf({ input, gitSha }: TwinDeployment) {
  const { gitRef, meta } = input;
  if (input.gitSource !== undefined) return asGiven(input.gitSource, gitRef, gitSha, meta);
  if (gitRef === null || gitSha === null) return { source: 'cli', meta };
  if (gitRef === 'HEAD')
    return { source: 'cli', meta: { gitCommitRef: gitRef, gitCommitSha: gitSha, ...meta } };
  const prId = input.pullRequest ?? null;
  const commit = {
    githubOrg: 'twin',
    githubRepo: input.project,
    githubCommitRef: gitRef,
    githubCommitSha: gitSha,
    githubCommitOrg: 'twin',
    githubCommitRepo: input.project,
    githubDeployment: '1',
    ...(prId === null ? {} : { githubPrId: String(prId) }),
  };
  const own = { type: 'github', org: 'twin', repo: input.project, ref: gitRef, sha: gitSha, prId };
  return { source: 'git', gitSource: own, meta: { ...commit, ...meta } };
}

function asGiven(
  given: GitSource | null,
  ref: string | null,
  sha: string | null,
  meta: Record<string, string>,
) {
  if (given === null) return { source: 'git', meta };
  return { source: 'git', gitSource: { ref, ...(sha === null ? {} : { sha }), ...given }, meta };
}

/** `customEnvironment` of contract 3, in the long or the short form. */
export function environmentOf({ input, createdAt }: TwinDeployment) {
  const { customEnvironment: given } = input;
  if (given === undefined) return {};
  const { id: environment, slug } = given;
  const long = { slug, type: 'preview', createdAt, updatedAt: createdAt };
  return { customEnvironment: { id: environment, ...(slug === undefined ? {} : long) } };
}
