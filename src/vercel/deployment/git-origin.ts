import { fields, text, type JsonObject } from './fields.js';
import {
  compare,
  readRepositories,
  repositoryParts,
  type NamedRepositories,
  type Repository,
} from './git-repository.js';

/**
 * The repository that a deployment's commit comes from.
 *
 * - `own`: the repository of the project, or the answer names no other one.
 * - `fork`: another repository.
 * - `unknown`: a pull request of an unclear repository, or a contradictory answer.
 */
export type Origin = 'own' | 'fork' | 'unknown';

export interface GitOrigin {
  readonly origin: Origin;
  /** The identity of a fork's repository; null when Vercel does not name it completely. */
  readonly headRepository: readonly string[] | null;
}

const OWN: GitOrigin = { origin: 'own', headRepository: null };
const UNKNOWN: GitOrigin = { origin: 'unknown', headRepository: null };

/**
 * Compares everything that Vercel's answer says about repositories. A fork chooses the names of its branches
 * and pull requests, but not the compared values. A doubtful commit is not `own`.
 */
export function originOf(body: JsonObject): GitOrigin {
  const named = readRepositories(body);
  if (named.isUnreadable || contradictsItself(named)) return UNKNOWN;
  const foreign = foreignHead(named);
  if (foreign !== null) return { origin: 'fork', headRepository: repositoryParts(foreign) };
  if (!isPullRequest(body)) return OWN;
  const [base, head] = [named.base[0], named.head[0]];
  return base !== undefined && head !== undefined && compare(base, head) === 'same' ? OWN : UNKNOWN;
}

/** Whether the answer names two providers, or two repositories that the project is connected to. */
function contradictsItself({ base, connected, source, head }: NamedRepositories): boolean {
  const all = [...base, connected, source, ...head].filter((one) => one !== null);
  const providers = new Set(all.map(({ provider }) => provider).filter((provider) => provider !== null));
  const [first] = base;
  return (
    providers.size > 1 ||
    (first !== undefined && connected !== null && compare(first, connected) === 'different')
  );
}

/** The repository of the commit, if it is not the repository that the project is connected to. */
function foreignHead({ base, connected, source, head }: NamedRepositories): Repository | null {
  const bases = [...base, connected].filter((one) => one !== null);
  const heads = [...head, source].filter((one) => one !== null);
  const [headRepository] = head;
  if (headRepository !== undefined && source !== null && bases.length === 0) bases.push(source);
  return heads.find((one) => bases.some((connectedTo) => compare(connectedTo, one) === 'different')) ?? null;
}

/**
 * A marker counts whatever its type: an unreadable marker does not prove that the commit is not of a pull
 * request.
 */
function isPullRequest(body: JsonObject): boolean {
  const [git, meta] = [fields(body['gitSource']), fields(body['meta'])];
  const marks = [
    git['prId'],
    ...Object.entries(meta).flatMap(([key, value]) => (PR_KEY.test(key) ? [value] : [])),
  ];
  if (marks.some((mark) => mark !== undefined && mark !== null && mark !== '')) return true;
  const refs = [
    git['ref'],
    meta['githubCommitRef'],
    meta['gitlabCommitRef'],
    meta['bitbucketCommitRef'],
    meta['gitCommitRef'],
  ];
  return refs.some((ref) => PR_REF.test(text(ref) ?? ''));
}

const PR_KEY = /^(?:github|gitlab|bitbucket|git)\w*?(?:Pr|PullRequest|Mr|MergeRequest)(?:Id|Iid|Number)$/;
const PR_REF = /^(?:refs\/)?(?:pull|pull-requests|merge-requests|merge)\/\d+(?:\/|$)/;
