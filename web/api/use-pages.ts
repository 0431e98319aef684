import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from './client.js';
import { ApiProblem } from './problem.js';

export interface Pages<T> {
  /** All items read so far; null before the first page. */
  readonly items: readonly T[] | null;
  readonly problem: ApiProblem | null;
  /** Reads the next page; null after the last. */
  readonly more: (() => void) | null;
  /** Repeats the failed request. */
  readonly retry: () => void;
}

interface Page<T> {
  items: T[];
  next: string | null;
}

/** A list of the API, page by page. `path` is below `/api/v1`, with its filters. */
export function usePages<T>(path: string): Pages<T> {
  const [held, setHeld] = useState<{ path: string; items: T[]; next: string | null } | null>(null);
  const [failed, setFailed] = useState<{ path: string; cursor: string | null; problem: ApiProblem } | null>(
    null,
  );
  const latest = useRef(path);
  latest.current = path;
  const read = async (cursor: string | null): Promise<void> => {
    try {
      const page = await get<Page<T>>(cursor === null ? path : withCursor(path, cursor));
      if (latest.current !== path) return;
      setFailed(null);
      setHeld((before) => {
        if (cursor === null) return { path, ...page };
        // Requested twice at once: the first answer has already extended the list.
        if (before?.path !== path || before.next !== cursor) return before;
        return { path, items: [...before.items, ...page.items], next: page.next };
      });
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (latest.current === path) setFailed({ path, cursor, problem: error });
    }
  };
  useEffect(() => void read(null), [path]);
  const current = held?.path === path ? held : null;
  const next = current?.next ?? null;
  return {
    items: current?.items ?? null,
    problem: failed?.path === path ? failed.problem : null,
    more: next === null ? null : () => void read(next),
    retry: () => void read(failed?.cursor ?? null),
  };
}

const withCursor = (path: string, cursor: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
