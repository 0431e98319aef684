import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get } from './client.js';
import { ApiProblem } from './problem.js';

export interface UsedAnswer<T> {
  /** The last answer. It stays during the next request, and if that fails. */
  readonly data: T | null;
  readonly problem: ApiProblem | null;
  /** Repeats the request, at once or after the present one. */
  readonly refresh: () => void;
}

interface Held<T> {
  path: string;
  data: T | null;
  problem: ApiProblem | null;
}

/**
 * The API's answer to a GET of `path`, requested again every `everyMs` while the page is visible.
 *
 * @param path below `/api/v1`; null for no request
 * @param everyMs null for one request
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

/** Sends one request at a time. Calls during a request cause one more, even if the server is slow. */
function askerOf<T>(
  question: () => Promise<T | null>,
  signal: AbortSignal,
  use: (answer: T) => void,
): () => void {
  let busy = false;
  let again = false;
  const run = async (): Promise<void> => {
    busy = true;
    do {
      again = false;
      const answer = await question();
      if (answer !== null) use(answer);
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

/** Returns null if the caller no longer waits for the answer. */
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
