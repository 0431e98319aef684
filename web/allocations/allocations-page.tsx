import { useLocation } from 'preact-iso';
import type { AllocationAnswer } from '../../src/api/allocations/allocation-answer.js';
import { usePages } from '../api/use-pages.js';
import { toggled, valuesOf } from '../actions/filters.js';
import { Ago } from '../ui/ago.js';
import { FilterChoices, FilterField, MoreFilters } from '../ui/filter-field.js';
import { PageList } from '../ui/page-list.js';
import { place, withQuery } from '../ui/place.js';
import { StateMark } from '../ui/state.js';
import { useTitle } from '../ui/title.js';

const STATES: readonly AllocationAnswer['state'][] = ['open', 'closing', 'closed'];
const NAMES = ['state', 'installation', 'resource'] as const;

/** All allocations, with the number of actions that hold each. */
export function AllocationsPage() {
  useTitle('Allocations');
  const { query, route } = useLocation();
  const filters = Object.fromEntries(NAMES.map((name) => [name, query[name]]));
  const change = (changed: Partial<Record<(typeof NAMES)[number], string>>): void =>
    route(withQuery(place.allocations, { ...filters, ...changed }));
  const pages = usePages<AllocationAnswer>(withQuery('/allocations', filters));
  return (
    <>
      <h1>Allocations</h1>
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <FilterChoices
          legend="State"
          values={STATES}
          chosen={valuesOf(query['state'])}
          toggle={(value) => change({ state: toggled(query['state'], value) })}
        />
        <MoreFilters open={NAMES.some((name) => name !== 'state' && query[name] !== undefined)}>
          <FilterField
            label="Installation"
            value={query['installation'] ?? ''}
            change={(installation) => change({ installation })}
          />
          <FilterField
            label="Resource"
            value={query['resource'] ?? ''}
            change={(resource) => change({ resource })}
          />
        </MoreFilters>
      </form>
      <PageList
        pages={pages}
        what="allocations"
        empty="No allocations: provisioners have made none, or none matches the filters."
      >
        {(items) => <AllocationsTable items={items} />}
      </PageList>
    </>
  );
}

export function AllocationsTable({ items }: { items: readonly AllocationAnswer[] }) {
  return (
    <table class="rows" aria-label="Allocations, newest first">
      <thead>
        <tr>
          <th>State</th>
          <th>Key</th>
          <th class="number">Holders</th>
          <th>Action</th>
          <th>Scope</th>
          <th>Resource</th>
          <th>Installation</th>
          <th>Created</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ key, state, holders, action, scope, resourceId, installationId, createdAt }) => (
          <tr key={key}>
            <td>
              <StateMark state={state} />
            </td>
            <td class="main">
              <a class="id" href={place.allocation(key)}>
                {key}
              </a>
            </td>
            <td data-label="Holders" class="number">
              {holders.length}
            </td>
            <td data-label="Action">{action ?? '–'}</td>
            <td data-label="Scope">{scope}</td>
            <td data-label="Resource">{resourceId ?? '–'}</td>
            <td data-label="Installation">{installationId ?? '–'}</td>
            <td data-label="Created" class="when">
              <Ago at={createdAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
