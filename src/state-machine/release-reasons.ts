import type { ReleaseReason } from './action-state.js';

/** The ids that a release text may contain. */
export interface ReleasedSubject {
  readonly deploymentId: string;
  readonly installationId: string;
}

/** The status text of a released action for each reason. Operators and the person who deploys read it. */
const TEXTS = {
  'deployment-gone': ({ deploymentId }) => `vercel: deployment ${deploymentId} is gone`,
  'deployment-failed': ({ deploymentId }) =>
    `released: deployment ${deploymentId} has failed or was canceled, and no cleanup came`,
  'installation-removed': ({ installationId }) => `installation ${installationId} was removed`,
  retained: () => 'released: it expired (`retain` in actions.yaml)',
} as const satisfies Record<ReleaseReason, (subject: ReleasedSubject) => string>;

export const releaseText = (reason: ReleaseReason, subject: ReleasedSubject): string =>
  TEXTS[reason](subject);
