import { readEnvironment, type DeploymentEnvironment } from './deployment-environment.js';
import { count, fields, isFields, text, type JsonObject } from './fields.js';
import { originOf, type GitOrigin } from './git-origin.js';

/**
 * Reads what Vercel says of a deployment, tolerantly: only the fields of contract §3, all of them optional,
 * because the view that an installation's token gets is unknown. Wrong types are ignored, values nobody knows
 * yet pass as they are.
 */
export interface VercelDeployment extends GitOrigin {
  readonly id: string;
  /** Host name without scheme. */
  readonly url: string | null;
  readonly projectId: string | null;
  readonly projectName: string | null;
  /** `production`, `staging`, null for a preview; newer values pass. */
  readonly target: string | null;
  /** Null where there is no git, and for the literal `HEAD`, which names no branch. */
  readonly gitRef: string | null;
  readonly gitSha: string | null;
  readonly pullRequest: number | null;
  readonly readyState: string | null;
  /**
   * `pending`, `ready`, `error`, `timeout`, `skipped`: what Vercel makes of the actions. In the owner's view
   * only.
   */
  readonly integrationsStatus: string | null;
  /** Epoch milliseconds; set while the deployment is in its recovery period. */
  readonly deletedAt: number | null;
  /** Epoch milliseconds; when it was last taken back out of a recovery period. */
  readonly undeletedAt: number | null;
  readonly customEnvironmentSlug: string | null;
  /** Null where a custom environment is named and cannot be read. */
  readonly environment: DeploymentEnvironment | null;
  /** Built by the customer (`vercel deploy --prebuilt`): such a deployment starts no action. */
  readonly prebuilt: boolean;
}

/**
 * `id` is the requested id, used if the answer has none. Returns null if `body` is not an object.
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
 * The first that is said decides; a `HEAD` there is not outvoted by a later one: in doubt nothing is shared.
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
