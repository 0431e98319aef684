import type { Reason } from '../../src/state-machine/action-state.js';

/** What the codes of the audit mean, as the end of a sentence: `it failed because …`. */
const REASONS: Record<Reason, string> = {
  deadline: 'its deadline passed before it was ready',
  permanent: 'the provisioner said that trying again cannot help',
  'undeclared-action': 'actions.yaml declares no such action',
  'unknown-resource': 'the resource is not known here',
  'no-token': 'there is no access token for the installation',
  'deployment-not-found': 'the access token finds no such deployment',
  misbehaved: 'the provisioner broke its contract',
  'not-served': 'its definition does not serve this deployment',
  'canceled-by-operator': 'an operator canceled it',
  'deployment-settled': 'Vercel had already settled the deployment',
  refused: 'Vercel refused to take `succeeded`',
  'deployment-gone': 'the deployment is gone',
  'deployment-failed': 'the deployment failed or was canceled',
  'installation-removed': 'the installation was removed',
  retained: 'its time of retention is over',
};

/** Null for an operator's own words, which stand for themselves. */
export function reasonText(reason: string): string | null {
  return Object.hasOwn(REASONS, reason) ? REASONS[reason as Reason] : null;
}
