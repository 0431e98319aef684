import type { VercelDeployment } from './deployment-reader.js';

/**
 * States in which a deployment never runs. While Vercel waits for actions it is QUEUED, INITIALIZING or
 * BUILDING (contract §3 has no state of its own for that). BLOCKED is not here: Vercel also says it of
 * deployments that go on once somebody lets them.
 */
const NEVER_RUNS = ['ERROR', 'CANCELED'];
/**
 * What Vercel says of all actions of a deployment together once it waits for none of them; before that it is
 * `pending`.
 */
const WAITS_NO_MORE = ['error', 'skipped', 'timeout'];

type Standing = Pick<VercelDeployment, 'readyState' | 'integrationsStatus'>;

/**
 * How Vercel has settled a deployment, so that no report of an action can change it; null while it has not,
 * or does not say. A deployment may be ready before an action is started that its resource does not require,
 * and gets the outcome of that later: only for a second try ready is too late.
 */
export function endedAs({ readyState, integrationsStatus }: Standing, isRetry: boolean): string | null {
  if (readyState !== null && NEVER_RUNS.includes(readyState)) return readyState;
  if (isRetry && readyState === 'READY') return readyState;
  const isOver = integrationsStatus !== null && WAITS_NO_MORE.includes(integrationsStatus);
  return isOver || (isRetry && integrationsStatus === 'ready') ? `integrations ${integrationsStatus}` : null;
}
