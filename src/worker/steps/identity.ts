import { identify, type Identity } from '../../action/allocation-key.js';
import type { ActionView } from '../../action/claims/action-view.js';
import type { ActionDefinition } from '../../config/actions-file/action-definition.js';
import type { VercelDeployment } from '../../vercel/deployment/deployment-reader.js';

type Named = Pick<ActionView, 'installationId' | 'resourceId' | 'action' | 'deploymentId'>;

/** The identity of an action's allocation. A deployment that cannot be read (null) shares with no other. */
export function identityOf(
  { installationId, resourceId, action, deploymentId }: Named,
  { scope, forks }: Pick<ActionDefinition, 'scope' | 'forks'>,
  found: VercelDeployment | null,
): Identity {
  return identify({
    scope,
    installationId,
    resourceId,
    action,
    deploymentId,
    projectId: found?.projectId ?? null,
    projectName: found?.projectName ?? null,
    environmentKey: found?.environment?.key ?? null,
    gitRef: found?.gitRef ?? null,
    origin: found?.origin ?? 'unknown',
    headRepository: found?.headRepository ?? null,
    forks: forks === 'own' ? 'own' : 'deployment',
  });
}
