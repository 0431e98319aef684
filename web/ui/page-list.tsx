import type { ComponentChildren } from 'preact';
import type { Pages } from '../api/use-pages.js';
import { Empty, Loading, ProblemNotice } from './notice.js';

interface PageListProps<T> {
  pages: Pages<T>;
  /** The plural of the items, for texts. */
  what: string;
  empty: string;
  children: (items: readonly T[]) => ComponentChildren;
}

/** The frame of every list: loading, problem, empty, and the button for more. */
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
