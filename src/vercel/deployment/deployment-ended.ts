import type { VercelDeployment } from './deployment-reader.js';

/**
 * States of a deployment that will never run. Excludes BLOCKED: a blocked deployment continues once somebody
 * allows it. While Vercel waits for actions, a deployment is QUEUED, INITIALIZING or BUILDING (contract §3).
 */
export const NEVER_RUNS: readonly string[] = ['ERROR', 'CANCELED'];
/** Values of `integrations.status` after Vercel has stopped waiting for actions. Before, it is `pending`. */
const ENDED_INTEGRATIONS = ['error', 'skipped', 'timeout'];

type EndState = Pick<VercelDeployment, 'readyState' | 'integrationsStatus'>;

/**
 * Returns the state in which a deployment has ended, so that no report of an action can change it; null while
 * it has not ended, or when Vercel does not say. An action that its resource does not require may start after
 * the deployment is ready, and Vercel accepts its report later. Only for a retry, READY means that the
 * deployment has ended.
 */
export function endedAs({ readyState, integrationsStatus }: EndState, isRetry: boolean): string | null {
  if (readyState !== null && NEVER_RUNS.includes(readyState)) return readyState;
  if (isRetry && readyState === 'READY') return readyState;
  const hasEnded = integrationsStatus !== null && ENDED_INTEGRATIONS.includes(integrationsStatus);
  return hasEnded || (isRetry && integrationsStatus === 'ready')
    ? `integrations ${integrationsStatus}`
    : null;
}
