import { createHash } from 'node:crypto';

export type KeyScope = 'deployment' | 'git-branch';

/** What decides whether two actions share an allocation. */
export interface KeySubject {
  scope: KeyScope;
  installationId: string;
  resourceId: string;
  action: string;
  deploymentId: string;
  projectId: string | null;
  projectName: string | null;
  /** What tells the environments of a project apart: `production`, `preview`, `custom:<slug>`; null where it cannot be told. */
  environmentKey: string | null;
  gitRef: string | null;
  /** Whose commit it is: of the project's repository, of another one, or nobody can tell. */
  origin: 'own' | 'fork' | 'unknown';
  /** What identifies the repository of a fork; null where it is not known. */
  headRepository: readonly string[] | null;
  /** Whether the deployments of one fork's branch share, or each has its own. */
  forks: 'own' | 'deployment';
}

export interface Identity {
  /** Unique per thing outside; a JSON list, so that a person can read it. */
  identity: string;
  /** The key of the first generation; `-2`, `-3`, … is appended by later ones. */
  keyBase: string;
}

/** A sealed seed opens only for its own allocation. */
export const seedContext = (identity: string): string => `allocation:${identity}:seed`;

const HASH_LENGTH = 12;
/** 63 less hash, its dash, and room for `-` and a generation of up to nine digits. */
const PREFIX_LENGTH = 63 - HASH_LENGTH - 1 - 10;

/** What cannot be told apart from another owner's or another environment's is shared with nothing: one per deployment. */
export function identify(subject: KeySubject): Identity {
  const { installationId, resourceId, action, deploymentId } = subject;
  const branch = sharedBranch(subject);
  const parts =
    branch === null
      ? ['deployment', installationId, resourceId, action, deploymentId]
      : ['git-branch', installationId, resourceId, action, ...branch];
  const identity = JSON.stringify(parts);
  return { identity, keyBase: `${readable(subject, branch !== null)}-${hash(identity)}` };
}

/**
 * What names the branch that a deployment shares; null where it shares none. That of a fork has more parts than an own one, so no
 * name that a fork chooses makes it the owner's.
 */
function sharedBranch(subject: KeySubject): string[] | null {
  const { scope, projectId, gitRef, environmentKey, origin, headRepository, forks } = subject;
  if (scope !== 'git-branch' || gitRef === null || gitRef === 'HEAD') return null;
  if (projectId === null || environmentKey === null) return null;
  const branch = [projectId, environmentKey, gitRef];
  if (origin === 'own') return branch;
  if (origin === 'unknown' || forks !== 'own' || headRepository === null) return null;
  return [...branch, 'fork', ...headRepository];
}

function readable({ projectName, gitRef, deploymentId }: KeySubject, shared: boolean): string {
  const words = shared ? [projectName, gitRef] : [projectName, gitRef, deploymentId.slice(0, 12)];
  const slug = words
    .filter((word) => word !== null)
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, PREFIX_LENGTH)
    .replaceAll(/^-+|-+$/g, '');
  return slug === '' ? 'x' : slug;
}

function hash(identity: string): string {
  const digits = BigInt(`0x${createHash('sha256').update(identity).digest('hex')}`).toString(36);
  return digits.padStart(50, '0').slice(-HASH_LENGTH);
}
