import { useRoute } from 'preact-iso';
import type { AllocationAnswer } from '../../src/api/allocations/allocation-answer.js';
import { ActionField } from '../action/action-fields.js';
import { HolderList } from '../action/holdings.js';
import { useAnswer } from '../api/use-answer.js';
import { Ago } from '../ui/ago.js';
import { Empty, Loading, ProblemNotice } from '../ui/notice.js';
import { place, withQuery } from '../ui/place.js';
import { StateMark } from '../ui/state.js';
import { useTitle } from '../ui/title.js';

const EVERY_MS = 5_000;

/** One allocation and the actions that hold it. */
export function AllocationPage() {
  const key = useRoute().params['id'] ?? '';
  useTitle(`Allocation ${key}`);
  const path = `/allocations/${encodeURIComponent(key)}`;
  const { data, problem, refresh } = useAnswer<AllocationAnswer>(path, EVERY_MS);
  return (
    <>
      <div class="title">
        <h1>
          Allocation <span class="id">{key}</span>
        </h1>
        {data && <StateMark state={data.state} />}
      </div>
      {problem && <ProblemNotice problem={problem} retry={refresh} />}
      {data === null && problem === null && <Loading what="the allocation" />}
      {data && <Content {...data} />}
    </>
  );
}

function Content(allocation: AllocationAnswer) {
  const { holders, handle, installationId, resourceId } = allocation;
  return (
    <div class="columns even">
      <section aria-labelledby="holders">
        <h2 id="holders">Held by</h2>
        {holders.length === 0 && <Empty>No action holds it.</Empty>}
        <HolderList holders={holders} />
      </section>
      <section aria-labelledby="about">
        <h2 id="about">About</h2>
        <dl class="properties">
          <ActionField name="Action">{allocation.action ?? '–'}</ActionField>
          <ActionField name="Scope">{allocation.scope}</ActionField>
          <ActionField name="Generation">{allocation.generation}</ActionField>
          <ActionField name="Installation">
            {installationId === null ? (
              '–'
            ) : (
              <a href={place.installation(installationId)}>{installationId}</a>
            )}
          </ActionField>
          <ActionField name="Resource">
            {resourceId === null ? (
              '–'
            ) : (
              <a href={withQuery(place.actions, { resource: resourceId })}>{resourceId}</a>
            )}
          </ActionField>
          <ActionField name="Created">
            <Ago at={allocation.createdAt} />
          </ActionField>
          <ActionField name="Changed">
            <Ago at={allocation.updatedAt} />
          </ActionField>
          <ActionField name="Closed">
            {allocation.closedAt === null ? 'no' : <Ago at={allocation.closedAt} />}
          </ActionField>
        </dl>
        <h3 id="handle">The provisioner’s handle</h3>
        <pre tabIndex={0} aria-labelledby="handle">
          {JSON.stringify(handle, null, 2)}
        </pre>
      </section>
    </div>
  );
}
