import type { z } from 'zod';
import type { installationSchema } from '../../src/api/installations/installation-answer.js';
import { usePages } from '../api/use-pages.js';
import { Ago } from '../ui/ago.js';
import { PageList } from '../ui/page-list.js';
import { place } from '../ui/place.js';
import { Mark, type Tone } from '../ui/state.js';
import { useTitle } from '../ui/title.js';

export type InstallationRow = z.infer<typeof installationSchema>;

/** All installations, and whether each has the access token that calls to Vercel require. */
export function InstallationsPage() {
  useTitle('Installations');
  const pages = usePages<InstallationRow>('/installations');
  return (
    <>
      <h1>Installations</h1>
      <PageList
        pages={pages}
        what="installations"
        empty="No installations yet. PUT /api/v1/installations/{id} adds one."
      >
        {(items) => <InstallationsTable items={items} />}
      </PageList>
    </>
  );
}

function InstallationsTable({ items }: { items: readonly InstallationRow[] }) {
  return (
    <table class="rows" aria-label="Installations, by id">
      <thead>
        <tr>
          <th>Access token</th>
          <th>Installation</th>
          <th>Added</th>
          <th>Changed</th>
          <th>Removed</th>
        </tr>
      </thead>
      <tbody>
        {items.map((installation) => (
          <tr key={installation.id}>
            <td>
              <TokenMark installation={installation} />
            </td>
            <td class="main">
              <a class="id" href={place.installation(installation.id)}>
                {installation.id}
              </a>
            </td>
            <td data-label="Added" class="when">
              <Ago at={installation.createdAt} />
            </td>
            <td data-label="Changed" class="when">
              <Ago at={installation.updatedAt} />
            </td>
            <td data-label="Removed" class="when">
              {installation.removedAt === null ? '–' : <Ago at={installation.removedAt} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Without a token every action of the installation fails. */
export function TokenMark({
  installation: { hasAccessToken, removedAt },
}: {
  installation: InstallationRow;
}) {
  const [tone, text]: [Tone, string] = hasAccessToken
    ? ['good', 'set']
    : [removedAt === null ? 'bad' : 'quiet', removedAt === null ? 'missing' : 'removed'];
  return <Mark tone={tone}>{text}</Mark>;
}
