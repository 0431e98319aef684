import { useLocation } from 'preact-iso';
import { useCallback } from 'preact/hooks';
import { Empty, Loading, ProblemNotice } from '../ui/notice.js';
import { place } from '../ui/place.js';
import { useTitle } from '../ui/title.js';
import { ActionsTable } from './actions-table.js';
import { FilterBar } from './filter-bar.js';
import { filtersOf, queryOf } from './filters.js';
import { useLiveList, type LiveListHold } from './use-live-list.js';

/** Somebody who is further down, or on a row with the keyboard, is reading. */
const SCROLLED_PX = 120;

/** Every action there is, filtered by what the address says, and live. */
export function ActionsPage() {
  useTitle('Actions');
  const { query, route } = useLocation();
  const filters = filtersOf(query);
  const isReading = useCallback(
    () => scrollY > SCROLLED_PX || document.activeElement?.closest('table.rows') instanceof HTMLElement,
    [],
  );
  const hold = useLiveList(filters, isReading);
  return (
    <>
      <div class="title">
        <h1>Actions</h1>
      </div>
      <FilterBar filters={filters} change={(changed) => route(`${place.actions}${queryOf(changed)}`)} />
      {hold.problem && <ProblemNotice problem={hold.problem} retry={hold.retry} />}
      <List hold={hold} filtered={Object.keys(filters).length > 0} />
    </>
  );
}

function List({
  hold: { list, problem, loadOlder, showFresh },
  filtered,
}: {
  hold: LiveListHold;
  filtered: boolean;
}) {
  if (list === null) return problem === null ? <Loading what="actions" /> : null;
  return (
    <>
      <p role="status" class="unseen">
        {list.fresh.length > 0 && 'There are new actions.'}
      </p>
      {list.fresh.length > 0 && (
        <button type="button" class="fresh" onClick={() => (showFresh(), scrollTo(0, 0))}>
          {list.fresh.length} new
        </button>
      )}
      {list.items.length === 0 ? (
        <Empty>
          {filtered
            ? 'No action matches these filters.'
            : 'There are no actions yet: the first comes with the first webhook of Vercel.'}
        </Empty>
      ) : (
        <ActionsTable items={list.items} label="Actions, newest first" />
      )}
      {list.next !== null && (
        <button type="button" class="more" onClick={loadOlder}>
          Load older actions
        </button>
      )}
    </>
  );
}
