import type { DeploymentOverview } from '../../src/api/deployments/deployment-answer.js';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { useAnswer } from '../api/use-answer.js';

/** Warns that the deployment was restored after the release. Asks Vercel, which sends no webhook for it. */
export function RestoredNotice({ action }: { action: ActionDetail }) {
  // A skipped action had no allocation, so the deployment lacks nothing.
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
