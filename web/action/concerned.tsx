import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { Fact } from './facts.js';

/** Whose deployment a command is about. */
export function Concerned({ action }: { action: ActionDetail }) {
  const { project, gitRef, installationId, deploymentId, target } = action;
  return (
    <dl class="facts concerned">
      <Fact name="Project">{project ?? 'not known yet'}</Fact>
      <Fact name="Branch">{gitRef ?? 'none'}</Fact>
      <Fact name="Target">{target ?? 'preview'}</Fact>
      <Fact name="Customer">{installationId}</Fact>
      <Fact name="Deployment">{deploymentId}</Fact>
    </dl>
  );
}
