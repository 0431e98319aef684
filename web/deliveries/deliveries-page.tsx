import { useLocation } from 'preact-iso';
import type { DeliveryAnswer } from '../../src/api/deliveries/delivery-answer.js';
import { toggled, valuesOf } from '../actions/filters.js';
import { usePages } from '../api/use-pages.js';
import { Ago } from '../ui/ago.js';
import { FilterChoices, FilterField, MoreFilters } from '../ui/filter-field.js';
import { PageList } from '../ui/page-list.js';
import { place, withQuery } from '../ui/place.js';
import { Mark } from '../ui/state.js';
import { useTitle } from '../ui/title.js';

const RESULTS: readonly DeliveryAnswer['result'][] = ['recorded', 'ignored'];
const TEXTS = {
  type: 'Type',
  installation: 'Installation',
  deployment: 'Deployment',
  since: 'Received since (UTC)',
  until: 'Received before (UTC)',
} as const;
type TextName = keyof typeof TEXTS;
const NAMES = Object.keys(TEXTS) as TextName[];

/** Webhooks of Vercel and replays of operators, newest first. */
export function DeliveriesPage() {
  useTitle('Deliveries');
  const { query, route } = useLocation();
  const filters = Object.fromEntries(['result', ...NAMES].map((name) => [name, query[name]]));
  const change = (name: string, value: string): void =>
    route(withQuery(place.deliveries, { ...filters, [name]: value }));
  const pages = usePages<DeliveryAnswer>(withQuery('/deliveries', filters));
  return (
    <>
      <h1>Deliveries</h1>
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <FilterChoices
          legend="Result"
          values={RESULTS}
          chosen={valuesOf(query['result'])}
          toggle={(value) => change('result', toggled(query['result'], value))}
        />
        <MoreFilters open={NAMES.some((name) => query[name] !== undefined)}>
          {NAMES.map((name) => (
            <FilterField
              key={name}
              label={TEXTS[name]}
              value={query[name] ?? ''}
              change={(value) => change(name, value)}
            />
          ))}
        </MoreFilters>
      </form>
      <PageList
        pages={pages}
        what="deliveries"
        empty="No deliveries: Vercel has sent none, or none matches the filters."
      >
        {(items) => <DeliveriesTable items={items} />}
      </PageList>
    </>
  );
}

export function DeliveriesTable({ items }: { items: readonly DeliveryAnswer[] }) {
  return (
    <table class="rows" aria-label="Deliveries, newest first">
      <thead>
        <tr>
          <th>Result</th>
          <th>Event</th>
          <th>Type</th>
          <th>Deployment</th>
          <th>Installation</th>
          <th class="number">Count</th>
          <th>Sender</th>
          <th>Received</th>
        </tr>
      </thead>
      <tbody>
        {items.map((delivery) => (
          <tr key={delivery.id}>
            <td>
              <Mark tone={delivery.result === 'recorded' ? 'good' : 'quiet'}>{delivery.result}</Mark>
            </td>
            <td class="main">
              <a class="id" href={place.delivery(delivery.id)}>
                {delivery.eventId}
              </a>
            </td>
            <td data-label="Type">{shortType(delivery.type)}</td>
            <td data-label="Deployment" class="id">
              {delivery.deploymentId ?? '–'}
            </td>
            <td data-label="Installation" class="id">
              {delivery.installationId ?? '–'}
            </td>
            <td data-label="Count" class="number minor">
              {delivery.times}
            </td>
            <td data-label="Sender" class="minor">
              {delivery.actor}
            </td>
            <td data-label="Received" class="when">
              <Ago at={delivery.receivedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Shortens the prefix that the three types for actions have in common. */
const shortType = (type: string): string => type.replace(/^deployment\.integration\.action\./, '… action.');
