import type { VercelDeployment } from '../vercel/deployment/deployment-reader.js';
import type { DeploymentAnswer } from '../vercel/gateway.js';

/**
 * How a deployment stands by what Vercel answered.
 *
 * - `there`: found.
 * - `failed`: found, and its build ended without a deployment that anybody can use.
 * - `deleted`: found, with the time of its deletion. The answer itself proves that the token may read it.
 * - `gone`: not found. Another team's token gets this answer too: see judgement.ts.
 * - `untold`: this token may not read it, or the answer does not speak of the deployment.
 * - `later`: no answer of Vercel.
 */
export const DEPLOYMENT_STATUSES = ['there', 'failed', 'deleted', 'gone', 'untold', 'later'] as const;
export type DeploymentStatus = (typeof DEPLOYMENT_STATUSES)[number];

/** Final states without a live deployment. BLOCKED is left out: a blocked deployment may be unblocked. */
const FAILED = ['ERROR', 'CANCELED'];

export function deploymentStatusOf(answer: DeploymentAnswer): DeploymentStatus {
  switch (answer.kind) {
    case 'found':
      return standingOfFound(answer.deployment);
    case 'gone':
    case 'absent':
      return 'gone';
    case 'unreadable':
      return 'untold';
    case 'later':
      return 'later';
    default:
      return answer satisfies never;
  }
}

function standingOfFound(deployment: VercelDeployment): DeploymentStatus {
  if (isDeleted(deployment)) return 'deleted';
  return FAILED.includes(deployment.readyState ?? '') ? 'failed' : 'there';
}

/**
 * Deleted counts from the beginning of the recovery period, in which a deployment serves nobody. A deployment
 * that was taken back keeps `deletedAt`, so the later of the two times tells how it stands; at the same
 * millisecond it stays, because only that can be made good again.
 */
function isDeleted({ deletedAt, undeletedAt }: VercelDeployment): boolean {
  return deletedAt !== null && (undeletedAt === null || undeletedAt < deletedAt);
}

/** Whether the deployment's build may still fail. An answer without a state is not asked about sooner. */
export function isBuilding(answer: DeploymentAnswer): boolean {
  const state = answer.kind === 'found' ? answer.deployment.readyState : null;
  return state !== null && state !== 'READY' && !FAILED.includes(state);
}
