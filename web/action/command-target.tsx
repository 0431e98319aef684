import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { ActionField } from './action-fields.js';

/** The deployment that a command concerns. */
export function CommandTarget({ action }: { action: ActionDetail }) {
  const { project, gitRef, installationId, deploymentId, target } = action;
  return (
    <dl class="properties concerned">
      <ActionField name="Project">{project ?? 'not known yet'}</ActionField>
      <ActionField name="Branch">{gitRef ?? 'none'}</ActionField>
      <ActionField name="Target">{target ?? 'preview'}</ActionField>
      <ActionField name="Customer">{installationId}</ActionField>
      <ActionField name="Deployment">{deploymentId}</ActionField>
    </dl>
  );
}
