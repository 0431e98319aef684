import type { DeploymentOverview } from '../../src/api/deployments/deployment-answer.js';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { useAnswer } from '../api/use-answer.js';

/**
 * A deployment that was restored after its release has nothing; Vercel sends no webhook for it, so it is
 * asked.
 */
export function Restored({ action }: { action: ActionDetail }) {
  // What was skipped had nothing, and misses nothing.
  const isReleased = action.state === 'released' && action.allocation !== null;
  const { data } = useAnswer<DeploymentOverview>(
    isReleased ? `/deployments/${encodeURIComponent(action.deploymentId)}` : null,
  );
  if (!isReleased || data === null || data.restoredAt === null) return null;
  return (
    <div class="notice bad" role="status">
      {data.note}
    </div>
  );
}
