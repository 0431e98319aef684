import { createHash } from 'node:crypto';

export type Scope = 'deployment' | 'git-branch';

/** What decides whether two actions share an allocation. */
export interface Subject {
  scope: Scope;
  installationId: string;
  resourceId: string;
  action: string;
  deploymentId: string;
  projectId: string | null;
  projectName: string | null;
  target: string | null;
  gitRef: string | null;
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

/** Without a git ref, with the literal `HEAD`, or without a project, a shared branch cannot be told: one per deployment. */
export function identify(subject: Subject): Identity {
  const { scope, installationId, resourceId, action, deploymentId, projectId, gitRef } = subject;
  const shared = scope === 'git-branch' && gitRef !== null && gitRef !== 'HEAD' && projectId !== null;
  const parts = shared
    ? ['git-branch', installationId, resourceId, action, projectId, targetClass(subject.target), gitRef]
    : ['deployment', installationId, resourceId, action, deploymentId];
  const identity = JSON.stringify(parts);
  return { identity, keyBase: `${readable(subject, shared)}-${hash(identity)}` };
}

function targetClass(target: string | null): 'production' | 'preview' {
  return target === 'production' ? 'production' : 'preview';
}

function readable({ projectName, gitRef, deploymentId }: Subject, shared: boolean): string {
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
