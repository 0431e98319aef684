import type { ActionView } from '../../action/claims/action-view.js';
import { releaseText } from '../../state-machine/release-reasons.js';
import type { ResultOf } from '../values/step-result.js';

/** Vercel says that the deployment no longer exists. */
export const deploymentGone = (view: ActionView): ResultOf<'abandoned'> => ({
  kind: 'abandoned',
  reason: 'deployment-gone',
  text: releaseText('deployment-gone', view),
});

export const installationRemoved = (view: ActionView): ResultOf<'abandoned'> => ({
  kind: 'abandoned',
  reason: 'installation-removed',
  text: releaseText('installation-removed', view),
});
