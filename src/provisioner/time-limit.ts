import { ABORT_GRACE_MS } from './limits.js';

/**
 * Rejects with the error of `late` when `work` does not end within `ms`. The result of `work` is then
 * ignored.
 */
export async function within<T>(ms: number, late: () => Error, work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([work(), promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Calls `done` once: when the returned function is called, or when the time after the abort of `signal` is
 * over.
 */
export function endedBy(signal: AbortSignal, done: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let open = true;
  const end = (): void => {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    signal.removeEventListener('abort', expire);
    done();
  };
  const expire = (): void => void (timer = setTimeout(end, ABORT_GRACE_MS));
  if (signal.aborted) expire();
  else signal.addEventListener('abort', expire, { once: true });
  return end;
}
