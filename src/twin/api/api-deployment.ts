import { environmentOf, gitOf } from '../deployment/deployment-git.js';
import type { TwinDeployment } from '../deployment/deployment.js';

/**
 * The body of `GET /v13/deployments/{idOrUrl}` (contract 3): the owner's view, or the reduced one that has
 * no `integrations`, `projectId`, `ownerId` and `env`. Carries every field that either view must have.
 */
export function deploymentBody(
  deployment: TwinDeployment,
  view: 'owner' | 'reduced',
): Record<string, unknown> {
  const common = {
    ...identity(deployment),
    ...progress(deployment),
    ...gitOf(deployment),
    ...environmentOf(deployment),
  };
  return view === 'reduced' ? common : { ...common, ...owned(deployment) };
}

function identity({ id, url, input, projectId, createdAt }: TwinDeployment) {
  return {
    id,
    url,
    name: input.project,
    project: { id: projectId, name: input.project, framework: null },
    target: input.target,
    type: 'LAMBDAS',
    version: 2,
    createdAt,
    bootedAt: createdAt,
    public: false,
    ...(input.prebuilt ? { prebuilt: true } : {}),
    regions: ['iad1'],
    creator: { uid: 'user_twin', username: 'twin' },
    team: { id: 'team_twin', name: 'twin', slug: 'twin' },
  };
}

function progress(deployment: TwinDeployment) {
  const { readyState, unblockedAt, createdAt, settledAt, state, error, input } = deployment;
  return {
    ...deletion(deployment),
    readyState,
    status: readyState,
    buildingAt: unblockedAt ?? createdAt,
    buildSkipped: false,
    alias: [],
    aliasAssigned: readyState === 'READY',
    ...(readyState === 'READY' ? { ready: settledAt } : {}),
    ...(readyState === 'READY' && input.target === 'production' ? { readySubstate: 'PROMOTED' } : {}),
    ...(state === 'canceled' ? { canceledAt: settledAt } : {}),
    ...(error === null ? {} : { errorCode: 'BUILD_FAILED', errorMessage: error }),
  };
}

/** Both times stay once they are set. The later one decides whether the deployment is deleted. */
function deletion({ deletedAt, undeletedAt, recoverable }: TwinDeployment) {
  return {
    ...(deletedAt === null ? {} : { deletedAt }),
    ...(undeletedAt === null ? {} : { undeletedAt }),
    ...(recoverable ? { softDeletedByRetention: true } : {}),
  };
}

function owned({ projectId, integrations, id }: TwinDeployment) {
  return {
    projectId,
    ownerId: 'team_twin',
    plan: 'pro',
    createdIn: 'iad1',
    inspectorUrl: `https://vercel.com/twin/${projectId}/${id.slice(4)}`,
    isInConcurrentBuildsQueue: false,
    isInSystemBuildsQueue: false,
    projectSettings: {},
    build: { env: [] },
    env: [],
    routes: null,
    ...(integrations === null ? {} : { integrations }),
  };
}
