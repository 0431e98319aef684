import type { ComponentChildren } from 'preact';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { Ago } from '../ui/ago.js';
import { place, withQuery } from '../ui/place.js';

/** What it is about; each leads to the actions that have it in common. */
export function Facts({ action }: { action: ActionDetail }) {
  const { installationId, resourceId, deploymentId, project, gitRef } = action;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">About</h2>
      <dl class="facts">
        <Fact name="Deployment">
          <Others name="deployment" value={deploymentId} />
        </Fact>
        <Fact name="Project">{project === null ? '–' : <Others name="project" value={project} />}</Fact>
        <Fact name="Git ref">{gitRef === null ? '–' : <Others name="gitRef" value={gitRef} />}</Fact>
        <Fact name="Environment">{action.environment ?? action.target ?? 'preview'}</Fact>
        <Fact name="Installation">
          <a class="id" href={place.installation(installationId)}>
            {installationId}
          </a>
        </Fact>
        <Fact name="Resource">
          <Others name="resource" value={resourceId} />
        </Fact>
        <Fact name="Outcome">{action.outcome ?? 'none yet'}</Fact>
        <Fact name="Tries">{action.attempts}</Fact>
        <Fact name="Deadline">{action.deadlineAt === null ? '–' : <Ago at={action.deadlineAt} />}</Fact>
        {action.statusUrl !== null && (
          <Fact name="Whoever deploys sees">
            <a href={action.statusUrl} target="_blank" rel="noreferrer">
              the status page
            </a>
          </Fact>
        )}
        <Fact name="Created">
          <Ago at={action.createdAt} />
        </Fact>
        <Fact name="Changed">
          <Ago at={action.updatedAt} />
        </Fact>
      </dl>
    </section>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
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
