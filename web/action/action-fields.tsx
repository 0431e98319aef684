import type { ComponentChildren } from 'preact';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { Ago } from '../ui/ago.js';
import { place, withQuery } from '../ui/place.js';

/** The fields of an action. Each links to the actions with the same value. */
export function ActionFields({ action }: { action: ActionDetail }) {
  const { installationId, resourceId, deploymentId, project, gitRef } = action;
  return (
    <section aria-labelledby="about">
      <h2 id="about">About</h2>
      <dl class="properties">
        <ActionField name="Deployment">
          <Others name="deployment" value={deploymentId} />
        </ActionField>
        <ActionField name="Project">
          {project === null ? '–' : <Others name="project" value={project} />}
        </ActionField>
        <ActionField name="Git ref">
          {gitRef === null ? '–' : <Others name="gitRef" value={gitRef} />}
        </ActionField>
        <ActionField name="Environment">{action.environment ?? action.target ?? 'preview'}</ActionField>
        <ActionField name="Installation">
          <a class="id" href={place.installation(installationId)}>
            {installationId}
          </a>
        </ActionField>
        <ActionField name="Resource">
          <Others name="resource" value={resourceId} />
        </ActionField>
        <ActionField name="Outcome">{action.outcome ?? 'none yet'}</ActionField>
        <ActionField name="Attempts">{action.attempts}</ActionField>
        <ActionField name="Deadline">
          {action.deadlineAt === null ? '–' : <Ago at={action.deadlineAt} />}
        </ActionField>
        {action.statusUrl !== null && (
          <ActionField name="For the customer">
            <a href={action.statusUrl} target="_blank" rel="noreferrer">
              status page
            </a>
          </ActionField>
        )}
        <ActionField name="Created">
          <Ago at={action.createdAt} />
        </ActionField>
        <ActionField name="Changed">
          <Ago at={action.updatedAt} />
        </ActionField>
      </dl>
    </section>
  );
}

export function ActionField({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Others({ name, value }: { name: string; value: string }) {
  return (
    <a class="id" href={withQuery(place.actions, { [name]: value })}>
      {value}
    </a>
  );
}
