import { ABORT_GRACE_MS } from './limits.js';

/** Rejects with what `late` gives when `work` has not ended `ms` later; what it still does is nobody's business any more. */
export async function within<T>(ms: number, late: () => Error, work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([work(), promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls `done` once: when the answered function is called, or when `signal` fired and the time to heed it is over. */
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
