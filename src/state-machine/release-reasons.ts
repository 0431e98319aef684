import type { ReleaseReason } from './action-state.js';

/** What a text of a release names. */
export interface ReleasedSubject {
  readonly deploymentId: string;
  readonly installationId: string;
}

/** The status text of an action that is released for each reason: what operators and the person who deploys read. */
const TEXTS = {
  'deployment-gone': ({ deploymentId }) => `vercel: deployment ${deploymentId} is gone`,
  'deployment-failed': ({ deploymentId }) =>
    `released: deployment ${deploymentId} has failed or was canceled, and no cleanup came`,
  'installation-removed': ({ installationId }) => `installation ${installationId} was removed`,
  retained: () => 'released: it expired (`retain` in actions.yaml)',
} as const satisfies Record<ReleaseReason, (subject: ReleasedSubject) => string>;

export const releaseText = (reason: ReleaseReason, subject: ReleasedSubject): string =>
  TEXTS[reason](subject);
