import { createHash } from 'node:crypto';

export type KeyScope = 'deployment' | 'git-branch';

/** The fields that decide whether two actions share an allocation. */
export interface KeySubject {
  scope: KeyScope;
  installationId: string;
  resourceId: string;
  action: string;
  deploymentId: string;
  projectId: string | null;
  projectName: string | null;
  /** The environment in its project: `production`, `preview`, `custom:<slug>`; null when unknown. */
  environmentKey: string | null;
  gitRef: string | null;
  /** Where the commit is from: `own`: the project's repository; `fork`: another repository; or `unknown`. */
  origin: 'own' | 'fork' | 'unknown';
  /** Identifies the repository of a fork; null when unknown. */
  headRepository: readonly string[] | null;
  /** `own`: the deployments of a fork's branch share an allocation; `deployment`: each has its own. */
  forks: 'own' | 'deployment';
}

export interface Identity {
  /** Unique per allocation outside Drawbridge; a JSON list, so that a person can read it. */
  identity: string;
  /** The key of the first generation. Later generations append `-2`, `-3`, … */
  keyBase: string;
}

/** A sealed seed opens only for its own allocation. */
export const seedContext = (identity: string): string => `allocation:${identity}:seed`;

const HASH_LENGTH = 12;
/** 63 less hash, its dash, and room for `-` and a generation of up to nine digits. */
const PREFIX_LENGTH = 63 - HASH_LENGTH - 1 - 10;

/** In doubt about owner or environment, an allocation is not shared: each deployment has its own. */
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
 * Returns the parts that name the branch whose allocation a deployment shares; null when it shares none.
 * The name of a fork's branch has more parts than that of an own branch, so no name that a fork chooses
 * equals an owner's.
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
