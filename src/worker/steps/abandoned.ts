import type { ActionView } from '../../action/claims/action-view.js';
import type { ResultOf } from '../run/step-result.js';

/** Vercel says that the deployment no longer exists. */
export const deploymentGone = ({ deploymentId }: ActionView): ResultOf<'abandoned'> => ({
  kind: 'abandoned',
  reason: 'deployment-gone',
  text: `vercel: deployment ${deploymentId} is gone`,
});

export const installationRemoved = ({ installationId }: ActionView): ResultOf<'abandoned'> => ({
  kind: 'abandoned',
  reason: 'installation-removed',
  text: `installation ${installationId} was removed`,
});
