import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ActionAnswer } from '../../src/api/actions/action-answer.js';
import { get } from '../api/client.js';
import { ApiProblem } from '../api/problem.js';
import { onTransition } from '../live/live.js';
import { queryOf, type Filters } from './filters.js';
import { listOf, withFirstPage, withFresh, withOlder, withTransition, type LiveList } from './live-list.js';

interface Page {
  items: ActionAnswer[];
  next: string | null;
}

export interface LiveListHold {
  readonly list: LiveList | null;
  readonly problem: ApiProblem | null;
  readonly loadOlder: () => void;
  readonly showFresh: () => void;
  readonly retry: () => void;
}

const LIMIT = '50';
/** Transitions within this time cause one request. */
const SETTLE_MS = 400;
/** Refresh interval, because texts and attempts change without a transition. */
const EVERY_MS = 10_000;

/** The actions that match `filters`, kept up to date. New rows are kept back while `isReading` is true. */
export function useLiveList(filters: Filters, isReading: () => boolean): LiveListHold {
  const [list, setList] = useState<LiveList | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const query = queryOf(filters, { limit: LIMIT });
  const current = useRef(query);
  current.current = query;

  const read = useCallback(
    async (more: string, apply: (page: Page) => void): Promise<void> => {
      try {
        const page = await get<Page>(`/actions${query}${more}`);
        if (current.current !== query) return;
        setProblem(null);
        apply(page);
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error;
        if (current.current === query) setProblem(error);
      }
    },
    [query],
  );
  const begin = useCallback(() => void read('', (page) => setList(listOf(page))), [read]);
  const again = useCallback(
    () =>
      void read('', (page) => setList((before) => before && withFirstPage(before, page.items, isReading()))),
    [read],
  );
  useEffect(() => {
    setList(null);
    setProblem(null);
    begin();
  }, [begin]);
  useUpdates(again, setList);
  return {
    list,
    problem,
    loadOlder: () => {
      const next = list?.next;
      if (next)
        void read(`&cursor=${next}`, (page) => setList((before) => before && withOlder(before, page)));
    },
    showFresh: () => setList((before) => before && withFresh(before)),
    retry: begin,
  };
}

type SetList = (change: (before: LiveList | null) => LiveList | null) => void;

function useUpdates(again: () => void, setList: SetList): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const stop = onTransition((transition) => {
      setList((before) => before && withTransition(before, transition));
      timer ??= setTimeout(() => {
        timer = null;
        again();
      }, SETTLE_MS);
    });
    const interval = setInterval(() => document.visibilityState === 'visible' && again(), EVERY_MS);
    return () => {
      stop();
      clearInterval(interval);
      if (timer !== null) clearTimeout(timer);
    };
  }, [again]);
}
