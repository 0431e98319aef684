import { readEnvironment, type DeploymentEnvironment } from './deployment-environment.js';
import { count, fields, isFields, text, type JsonObject } from './fields.js';
import { originOf, type GitOrigin } from './git-origin.js';

/**
 * A deployment as Vercel describes it. Contains only the fields of contract §3. All are optional, because the
 * view of an installation's token is not documented. A value of a wrong type counts as missing; an unknown
 * value is kept.
 */
export interface VercelDeployment extends GitOrigin {
  readonly id: string;
  /** Host name without scheme. */
  readonly url: string | null;
  readonly projectId: string | null;
  readonly projectName: string | null;
  /** `production`, `staging`, or null for a preview. Newer values are kept. */
  readonly target: string | null;
  /** Null without git, and for the literal `HEAD`, which names no branch. */
  readonly gitRef: string | null;
  readonly gitSha: string | null;
  readonly pullRequest: number | null;
  readonly readyState: string | null;
  /**
   * Vercel's result for all actions: `pending`, `ready`, `error`, `timeout`, `skipped`. Visible to the owner
   * only.
   */
  readonly integrationsStatus: string | null;
  /** Epoch milliseconds; set while the deployment is in its recovery period. */
  readonly deletedAt: number | null;
  /** Epoch milliseconds of the last recovery; null without one. */
  readonly undeletedAt: number | null;
  readonly customEnvironmentSlug: string | null;
  /** Null when a custom environment is named and cannot be read. */
  readonly environment: DeploymentEnvironment | null;
  /** Built by the customer (`vercel deploy --prebuilt`). Such a deployment starts no action. */
  readonly prebuilt: boolean;
}

/**
 * Reads the body of an answer. Returns null if `body` is not an object.
 *
 * @param id the requested id, used if the answer has none
 */
export function readDeployment(body: unknown, id: string): VercelDeployment | null {
  if (!isFields(body)) return null;
  const [project, git, meta] = [fields(body['project']), fields(body['gitSource']), fields(body['meta'])];
  return {
    id: text(body['id']) ?? id,
    url: text(body['url']),
    projectId: text(body['projectId']) ?? text(project['id']),
    projectName: text(project['name']) ?? text(body['name']),
    target: text(body['target']),
    gitRef: branch(git, meta),
    gitSha: sha(git, meta),
    pullRequest: pullRequest(git['prId']),
    readyState: text(body['readyState']) ?? text(body['status']),
    integrationsStatus: text(fields(body['integrations'])['status']),
    deletedAt: count(body['deletedAt']),
    undeletedAt: count(body['undeletedAt']),
    customEnvironmentSlug: text(fields(body['customEnvironment'])['slug']),
    environment: readEnvironment(body),
    prebuilt: body['prebuilt'] === true,
    ...originOf(body),
  };
}

/**
 * Uses the first reference in the answer, even if it is `HEAD`: without a certain branch, nothing is shared.
 */
function branch(git: JsonObject, meta: JsonObject): string | null {
  const ref =
    text(git['ref']) ??
    text(meta['githubCommitRef']) ??
    text(meta['gitlabCommitRef']) ??
    text(meta['bitbucketCommitRef']) ??
    text(meta['gitCommitRef']);
  return ref === 'HEAD' ? null : ref;
}

function sha(git: JsonObject, meta: JsonObject): string | null {
  return (
    text(git['sha']) ??
    text(meta['githubCommitSha']) ??
    text(meta['gitlabCommitSha']) ??
    text(meta['bitbucketCommitSha']) ??
    text(meta['gitCommitSha'])
  );
}

const LARGEST_INT4 = 2_147_483_647;
const pullRequest = (value: unknown): number | null => {
  const number = count(value);
  return number !== null && number <= LARGEST_INT4 ? number : null;
};
