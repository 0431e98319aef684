import { useLocation } from 'preact-iso';
import { useCallback } from 'preact/hooks';
import { Empty, Loading, ProblemNotice } from '../ui/notice.js';
import { place } from '../ui/place.js';
import { useTitle } from '../ui/title.js';
import { ActionsTable } from './actions-table.js';
import { FilterBar } from './filter-bar.js';
import { filtersOf, queryOf } from './filters.js';
import { useLiveList, type LiveListHold } from './use-live-list.js';

/** From this distance on, an operator is reading. A row with the keyboard's focus means the same. */
const SCROLLED_PX = 120;

/** The live list of actions, with the filters of the address. */
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
        {list.fresh.length > 0 && 'New actions have arrived.'}
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
            : 'No actions yet. The first start webhook of Vercel creates one.'}
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
