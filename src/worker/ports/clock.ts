import { setTimeout as sleep } from 'node:timers/promises';

/** The run loop's time. The model test has its own. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Resolves after `ms`, or as soon as `signal` fires. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** A signal that fires after `ms`. */
  timeout(ms: number): AbortSignal;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error; // the signal ended the wait
    }
  },
  timeout: (ms) => AbortSignal.timeout(ms),
};
