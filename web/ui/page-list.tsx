import type { ComponentChildren } from 'preact';
import type { Pages } from '../api/use-pages.js';
import { Empty, Loading, ProblemNotice } from './notice.js';

interface PageListProps<T> {
  pages: Pages<T>;
  /** In the plural, for the words around. */
  what: string;
  empty: string;
  children: (items: readonly T[]) => ComponentChildren;
}

/** What is around every list: loading, nothing, a problem, and more below. */
export function PageList<T>({
  pages: { items, problem, more, retry },
  what,
  empty,
  children,
}: PageListProps<T>) {
  return (
    <>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {items === null && problem === null && <Loading what={what} />}
      {items?.length === 0 && <Empty>{empty}</Empty>}
      {items !== null && items.length > 0 && children(items)}
      {more && (
        <button type="button" class="more" onClick={more}>
          Load more {what}
        </button>
      )}
    </>
  );
}
