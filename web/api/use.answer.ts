import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get } from './client.js';
import { ApiProblem } from './problem.js';

export interface Answer<T> {
  /** The last that came; stays while the next is under way, and when that fails. */
  readonly data: T | null;
  readonly problem: ApiProblem | null;
  /** Asks again now. */
  readonly refresh: () => void;
}

interface Held<T> {
  path: string;
  data: T | null;
  problem: ApiProblem | null;
}

/**
 * What the API answers to a GET of `path`, asked again every `everyMs` while the page is visible.
 *
 * @param path below `/api/v1`; null: nothing is asked
 * @param everyMs null: once
 */
export function useAnswer<T>(path: string | null, everyMs: number | null = null): Answer<T> {
  const [held, setHeld] = useState<Held<T> | null>(null);
  const [turn, setTurn] = useState(0);
  const refresh = useCallback(() => setTurn((now) => now + 1), []);
  const latest = useRef(path);
  latest.current = path;
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    void ask<T>(path, abort.signal).then((answer) => {
      if (answer !== null && latest.current === path) setHeld((before) => merge(before, path, answer));
    });
    return () => abort.abort();
  }, [path, turn]);
  useEvery(path === null ? null : everyMs, refresh);
  const current = held !== null && held.path === path ? held : null;
  return { data: current?.data ?? null, problem: current?.problem ?? null, refresh };
}

function merge<T>(before: Held<T> | null, path: string, answer: T | ApiProblem): Held<T> {
  if (!(answer instanceof ApiProblem)) return { path, data: answer, problem: null };
  return { path, data: before?.path === path ? before.data : null, problem: answer };
}

/** Null: nobody waits for it any more. */
async function ask<T>(path: string, signal: AbortSignal): Promise<T | ApiProblem | null> {
  try {
    return await get<T>(path, signal);
  } catch (error) {
    if (signal.aborted) return null;
    if (error instanceof ApiProblem) return error;
    throw error;
  }
}

function useEvery(ms: number | null, act: () => void): void {
  useEffect(() => {
    if (ms === null) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && act(), ms);
    return () => clearInterval(timer);
  }, [ms, act]);
}
