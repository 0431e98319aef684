import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get } from './client.js';
import { ApiProblem } from './problem.js';

export interface UsedAnswer<T> {
  /** The last that came; stays while the next is under way, and when that fails. */
  readonly data: T | null;
  readonly problem: ApiProblem | null;
  /** Asks again, at once or as soon as the question under way is answered. */
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
export function useAnswer<T>(path: string | null, everyMs: number | null = null): UsedAnswer<T> {
  const [held, setHeld] = useState<Held<T> | null>(null);
  const asker = useRef<(() => void) | null>(null);
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    const question = (): Promise<T | ApiProblem | null> => ask<T>(path, abort.signal);
    asker.current = askerOf(question, abort.signal, (answer) =>
      setHeld((before) => merge(before, path, answer)),
    );
    asker.current();
    return () => {
      asker.current = null;
      abort.abort();
    };
  }, [path]);
  const refresh = useCallback(() => asker.current?.(), []);
  useEvery(path === null ? null : everyMs, refresh);
  const current = held !== null && held.path === path ? held : null;
  return { data: current?.data ?? null, problem: current?.problem ?? null, refresh };
}

/** Asks one question at a time: whoever asks meanwhile gets one more question, however slow the server is. */
function askerOf<T>(
  question: () => Promise<T | null>,
  signal: AbortSignal,
  tell: (answer: T) => void,
): () => void {
  let busy = false;
  let again = false;
  const run = async (): Promise<void> => {
    busy = true;
    do {
      again = false;
      const answer = await question();
      if (answer !== null) tell(answer);
    } while (again && !signal.aborted);
    busy = false;
  };
  return () => {
    if (busy) again = true;
    else void run();
  };
}

function merge<T>(before: Held<T> | null, path: string, answer: T | ApiProblem): Held<T> {
  if (!(answer instanceof ApiProblem)) return { path, data: answer, problem: null };
  return { path, data: before?.path === path ? before.data : null, problem: answer };
}

/** Null: the caller no longer waits for the answer. */
async function ask<T>(path: string, signal: AbortSignal): Promise<T | ApiProblem | null> {
  try {
    const answer = await get<T>(path, signal);
    return signal.aborted ? null : answer;
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
