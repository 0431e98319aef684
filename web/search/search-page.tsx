import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { ActionsTable } from '../actions/actions-table.js';
import { AllocationsTable } from '../allocations/allocations-page.js';
import { ApiProblem } from '../api/problem.js';
import { DeliveriesTable } from '../deliveries/deliveries-page.js';
import { WhyNoAction } from './why-no-action.js';
import { Empty, Loading, ProblemNotice } from '../ui/notice.js';
import { useTitle } from '../ui/title.js';
import { find } from './find.js';
import { onlyPlace, type FoundPage } from './found.js';

/** The results for an id or git ref. A single result opens at once. */
export function SearchPage() {
  const { query, route } = useLocation();
  const text = query['q']?.trim() ?? '';
  useTitle(`Search: ${text}`);
  const [result, setResult] = useState<{ text: string; found: FoundPage[] | ApiProblem } | null>(null);
  useEffect(() => {
    let wanted = true;
    void search(text).then((found) => {
      if (!wanted) return;
      const only = found instanceof ApiProblem ? null : onlyPlace(found);
      if (only === null) setResult({ text, found });
      else route(only, true);
    });
    return () => void (wanted = false);
  }, [text]);
  const found = result?.text === text ? result.found : null;
  return (
    <>
      <h1>
        Search: <span class="id">{text}</span>
      </h1>
      {found === null && <Loading what="the results" />}
      {found instanceof ApiProblem && <ProblemNotice problem={found} />}
      {Array.isArray(found) && <Results found={found} />}
      {Array.isArray(found) && found.length === 0 && <WhyNoAction text={text} />}
    </>
  );
}

async function search(text: string): Promise<FoundPage[] | ApiProblem> {
  try {
    return text === '' ? [] : await find(text);
  } catch (error) {
    if (error instanceof ApiProblem) return error;
    throw error;
  }
}

function Results({ found }: { found: readonly FoundPage[] }) {
  if (found.length === 0)
    return (
      <Empty>
        Nothing found. Search by the whole id of an action, deployment, installation, resource, allocation,
        delivery or event, or by the whole name of a project, action or git ref.
      </Empty>
    );
  return (
    <>
      {found.map(({ what, actions, deliveries, allocations, all }) => (
        <section key={what}>
          <h2>{what}</h2>
          {actions.length > 0 && <ActionsTable items={actions} label={`Actions: ${what}`} />}
          {deliveries.length > 0 && <DeliveriesTable items={deliveries} />}
          {allocations.length > 0 && <AllocationsTable items={allocations} />}
          {all !== null && (
            <p>
              <a href={all}>All with this {what.toLowerCase()}</a>
            </p>
          )}
        </section>
      ))}
    </>
  );
}
