import { useRoute } from 'preact-iso';
import type { ActionAnswer } from '../../src/api/actions/action-answer.js';
import { ActionField } from '../action/action-fields.js';
import { ActionsTable } from '../actions/actions-table.js';
import { useAnswer } from '../api/use-answer.js';
import { usePages } from '../api/use-pages.js';
import { isAdmin } from '../session/session.js';
import { Ago } from '../ui/ago.js';
import { ProblemNotice } from '../ui/notice.js';
import { PageList } from '../ui/page-list.js';
import { place, withQuery } from '../ui/place.js';
import { useTitle } from '../ui/title.js';
import { DoubtNotice } from './doubt-notice.js';
import { Resources } from './resources.js';
import { TokenMark, type InstallationRow } from './installations-page.js';

/** One installation: access token, resources and actions. */
export function InstallationPage() {
  const id = useRoute().params['id'] ?? '';
  useTitle(`Installation ${id}`);
  const path = `/installations/${encodeURIComponent(id)}`;
  const { data, problem, refresh } = useAnswer<InstallationRow>(isAdmin.value ? path : null);
  const actions = usePages<ActionAnswer>(withQuery('/actions', { installation: id }));
  return (
    <>
      <div class="title">
        <h1>
          Installation <span class="id">{id}</span>
        </h1>
      </div>
      {problem && <ProblemNotice problem={problem} retry={refresh} />}
      {data && <DoubtNotice installation={data} changed={refresh} />}
      {data && <About installation={data} />}
      {!isAdmin.value && (
        <p class="hint">
          The list of installations shows whether an access token is stored. More details require the role
          admin.
        </p>
      )}
      <p class="links">
        <a href={withQuery(place.allocations, { installation: id })}>Allocations</a>
        <a href={withQuery(place.deliveries, { installation: id })}>Deliveries</a>
        <a href={withQuery(place.actions, { installation: id })}>Actions with filters</a>
      </p>
      {problem?.status !== 404 && <Resources installation={id} />}
      <h2>Actions</h2>
      <PageList pages={actions} what="actions" empty="This installation has no actions.">
        {(items) => <ActionsTable items={items} label="Actions of the installation, newest first" />}
      </PageList>
    </>
  );
}

function About({ installation }: { installation: InstallationRow }) {
  return (
    <dl class="properties line">
      <ActionField name="Access token">
        <TokenMark installation={installation} />
      </ActionField>
      <ActionField name="Added">
        <Ago at={installation.createdAt} />
      </ActionField>
      <ActionField name="Changed">
        <Ago at={installation.updatedAt} />
      </ActionField>
      <ActionField name="Removed">
        {installation.removedAt === null ? 'no' : <Ago at={installation.removedAt} />}
      </ActionField>
    </dl>
  );
}
