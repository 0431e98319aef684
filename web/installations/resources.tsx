import type { z } from 'zod';
import type { listedResourceSchema } from '../../src/api/installations/installation-answer.js';
import { usePages } from '../api/use-pages.js';
import { Ago } from '../ui/ago.js';
import { PageList } from '../ui/page-list.js';
import { place, withQuery } from '../ui/place.js';

type Resource = z.infer<typeof listedResourceSchema>;

/** The resources of one installation. */
export function Resources({ installation }: { installation: string }) {
  const pages = usePages<Resource>(`/installations/${encodeURIComponent(installation)}/resources`);
  return (
    <section aria-labelledby="resources">
      <h2 id="resources">Resources</h2>
      <PageList
        pages={pages}
        what="resources"
        empty="No resources. An action fails with unknown-resource until its resource is added with PUT."
      >
        {(items) => <ResourcesTable items={items} />}
      </PageList>
    </section>
  );
}

function ResourcesTable({ items }: { items: readonly Resource[] }) {
  return (
    <table class="rows" aria-label="Resources of the installation, by id">
      <thead>
        <tr>
          <th>Resource</th>
          <th>Name</th>
          <th>Product</th>
          <th>Added</th>
          <th>Changed</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ installationId, id, name, productId, createdAt, updatedAt }) => (
          <tr key={id}>
            <td class="name">
              <a
                class="id"
                href={withQuery(place.actions, { installation: installationId, resource: id })}
                title="Actions of the resource"
              >
                {id}
              </a>
            </td>
            <td data-label="Name" class="name">
              {name}
            </td>
            <td data-label="Product" class="name">
              {productId}
            </td>
            <td data-label="Added" class="when">
              <Ago at={createdAt} />
            </td>
            <td data-label="Changed" class="when">
              <Ago at={updatedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
