import { fields, text, type JsonObject } from './fields.js';
import {
  compare,
  readRepositories,
  repositoryParts,
  type NamedRepositories,
  type Repository,
} from './git-repository.js';

/**
 * Whose commit a deployment is of. `own`: of the repository that the project is connected to, or without any
 * sign of another one. `fork`: of another repository. `unknown`: of a pull request, and whose cannot be told,
 * or Vercel's answer contradicts itself.
 */
export type Origin = 'own' | 'fork' | 'unknown';

export interface GitOrigin {
  readonly origin: Origin;
  /** Of a fork: what identifies its repository; null where Vercel does not say enough. */
  readonly headRepository: readonly string[] | null;
}

const OWN: GitOrigin = { origin: 'own', headRepository: null };
const UNKNOWN: GitOrigin = { origin: 'unknown', headRepository: null };

/**
 * Compares all that Vercel's answer says of repositories. A fork chooses the names of its branches and pull
 * requests, never what is compared here. In doubt a commit is not the owner's.
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

/** Two providers, or two repositories that the project would be connected to. */
function contradictsItself({ base, connected, source, head }: NamedRepositories): boolean {
  const all = [...base, connected, source, ...head].filter((one) => one !== null);
  const providers = new Set(all.map(({ provider }) => provider).filter((provider) => provider !== null));
  const [first] = base;
  return (
    providers.size > 1 ||
    (first !== undefined && connected !== null && compare(first, connected) === 'different')
  );
}

/** What holds the commit, where it is another repository than the one that the project is connected to. */
function foreignHead({ base, connected, source, head }: NamedRepositories): Repository | null {
  const bases = [...base, connected].filter((one) => one !== null);
  const heads = [...head, source].filter((one) => one !== null);
  const [commit] = head;
  if (commit !== undefined && source !== null && bases.length === 0) bases.push(source);
  return heads.find((one) => bases.some((connectedTo) => compare(connectedTo, one) === 'different')) ?? null;
}

/** A marker counts whatever its type: what cannot be read is no proof that there is no pull request. */
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
