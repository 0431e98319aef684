import { NEVER_RUNS } from '../vercel/deployment/deployment-ended.js';
import type { VercelDeployment } from '../vercel/deployment/deployment-reader.js';
import type { DeploymentAnswer } from '../vercel/gateway.js';

/**
 * The status of a deployment by Vercel's answer.
 *
 * - `there`: found.
 * - `failed`: found, and its build ended without a usable deployment.
 * - `deleted`: found, with the time of its deletion. The answer itself proves that the token may read it.
 * - `gone`: not found. A token of another team gets the same answer: see judgement.ts.
 * - `untold`: unreadable. The token may not read the deployment, or the answer is about something else.
 * - `later`: no answer from Vercel.
 */
export const DEPLOYMENT_STATUSES = ['there', 'failed', 'deleted', 'gone', 'untold', 'later'] as const;
export type DeploymentStatus = (typeof DEPLOYMENT_STATUSES)[number];

export function deploymentStatusOf(answer: DeploymentAnswer): DeploymentStatus {
  switch (answer.kind) {
    case 'found':
      return statusOfFound(answer.deployment);
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

function statusOfFound(deployment: VercelDeployment): DeploymentStatus {
  if (isDeleted(deployment)) return 'deleted';
  return NEVER_RUNS.includes(deployment.readyState ?? '') ? 'failed' : 'there';
}

/**
 * A deployment counts as deleted from the start of its recovery period, in which it serves no requests. A
 * recovered deployment keeps `deletedAt`, so the later of the two times decides. At the same millisecond it
 * counts as recovered, because a wrong release cannot be undone.
 */
function isDeleted({ deletedAt, undeletedAt }: VercelDeployment): boolean {
  return deletedAt !== null && (undeletedAt === null || undeletedAt < deletedAt);
}

/**
 * Whether the build of the deployment may still fail. False for an answer without a state: it is not checked
 * earlier.
 */
export function isBuilding(answer: DeploymentAnswer): boolean {
  const state = answer.kind === 'found' ? answer.deployment.readyState : null;
  return state !== null && state !== 'READY' && !NEVER_RUNS.includes(state);
}
