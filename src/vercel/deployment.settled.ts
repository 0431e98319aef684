import type { DeploymentFacts } from './deployment.reader.js';

/**
 * States in which a deployment has ended. While Vercel waits for actions it is QUEUED, INITIALIZING or BUILDING (contract §3 has no state
 * of its own for that). BLOCKED is not here: Vercel also says it of deployments that go on once somebody lets them.
 */
const ENDED = ['ERROR', 'READY', 'CANCELED'];
/** What Vercel says of all actions of a deployment together once it waits for none of them; before that it is `pending`. */
const WAITS_NO_MORE = ['error', 'ready', 'skipped', 'timeout'];

/** How Vercel has settled a deployment, so that no report of an action can change it; null while it has not, or does not say. */
export function settledAs({
  readyState,
  integrationsStatus,
}: Pick<DeploymentFacts, 'readyState' | 'integrationsStatus'>): string | null {
  if (readyState !== null && ENDED.includes(readyState)) return readyState;
  if (integrationsStatus === null || !WAITS_NO_MORE.includes(integrationsStatus)) return null;
  return `integrations ${integrationsStatus}`;
}
