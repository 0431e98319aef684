import { expect, it } from 'vitest';
import { viewOf } from '../../../test/support/action-run.js';
import { releaseText } from '../../state-machine/release-reasons.js';
import { deploymentGone, installationRemoved } from './abandoned.js';

const view = viewOf({ deploymentId: 'dpl_9', installationId: 'icfg_9' });

it.each([
  [deploymentGone, 'deployment-gone'],
  [installationRemoved, 'installation-removed'],
] as const)('%# abandons an action with its reason', (abandon, reason) => {
  expect(abandon(view)).toEqual({ kind: 'abandoned', reason, text: releaseText(reason, view) });
});
