import type { Reason } from '../../src/state-machine/action-state.js';

/** Meanings of the reason codes, as the end of a sentence: `the action failed because …`. */
const REASONS: Record<Reason, string> = {
  deadline: 'its deadline passed before it was ready',
  permanent: 'the provisioner reported a permanent failure',
  'undeclared-action': 'actions.yaml does not contain the action',
  'unknown-resource': 'Drawbridge does not know the resource',
  'no-token': 'the installation has no access token',
  'deployment-not-found': 'Vercel does not find the deployment with the installation’s access token',
  misbehaved: 'the provisioner broke its contract',
  'not-served': 'it does not serve this deployment',
  'canceled-by-operator': 'an operator canceled it',
  'deployment-settled': 'Vercel had already ended the deployment',
  refused: 'Vercel rejected `succeeded`',
  'deployment-gone': 'the deployment no longer exists',
  'deployment-failed': 'the deployment failed or was canceled',
  'installation-removed': 'the installation was removed',
  retained: 'its retention period (`retain`) has ended',
};

/** Returns null for a reason that an operator wrote. */
export function reasonText(reason: string): string | null {
  return Object.hasOwn(REASONS, reason) ? REASONS[reason as Reason] : null;
}
